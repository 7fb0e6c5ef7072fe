"""The comparison holds the truth as often as it says, and the gate lets good models through and no others."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.loop import promotion
from pipeline.loop.comparison import compare, difference


def part(challenger: float, champion: float, half: float = 0.01, count: int = 1000) -> dict:
    gain = challenger - champion
    middle = {"difference": gain, "low": gain - half, "high": gain + half}
    return {"count": count, "challenger": challenger, "champion": champion, **middle, "p": 0.5}


def compared(**changes: dict) -> dict:
    """A challenger that is as good as the champion, but for ``changes``."""
    same = {
        "champion": "1",
        "overall": part(0.9, 0.9),
        "batches": {"old" * 20: part(0.9, 0.9), "new" * 20: part(0.9, 0.9)},
        "classes": {"Shirt": part(0.7, 0.7, 0.05), "Bag": part(0.95, 0.95, 0.05)},
        "slices": {},
    }
    return {**same, **changes}


def test_one_that_is_as_good_passes():
    assert promotion.decide(compared(), {}) == {"passed": True, "reasons": []}


REFUSED = {
    "worse": (compared(overall=part(0.87, 0.9)), "on all test pictures 0.870 to the champion's 0.900"),
    "old data forgotten": (
        compared(batches={"old" * 20: part(0.6, 0.9), "new" * 20: part(0.95, 0.5)}),
        "on batch oldoldoldold 0.600 to the champion's 0.900",
    ),
    "a class lost": (compared(classes={"Shirt": part(0.1, 0.15, 0.05)}), "0.10 of Shirt found"),
    "a class fell": (compared(classes={"Shirt": part(0.5, 0.8, 0.05)}), "Shirt fell from 0.80 to 0.50"),
    "too low": (compared(overall=part(0.5, 0.5)), "accuracy 0.500, at least 0.6"),
    "few labels": (compared(overall=part(0.9, 0.9, 0.04, 100)), "it may be worse by 0.040, at most 0.03 is allowed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_one_that_is_not_is_refused_and_the_reason_says_where(name):
    comparison, reason = REFUSED[name]
    verdict = promotion.decide(comparison, {})
    assert not verdict["passed"] and len(verdict["reasons"]) == 1
    assert reason in verdict["reasons"][0]


def test_rules_can_be_changed_and_unknown_ones_are_refused():
    assert promotion.decide(compared(overall=part(0.87, 0.9)), {"margin": 0.05})["passed"]
    with pytest.raises(ValueError, match="no rule margins; there is least, "):
        promotion.decide(compared(), {"margins": 0.05})


@pytest.mark.parametrize("count", [100, 1000])
def test_the_interval_holds_the_true_difference_as_often_as_it_says(count):
    rng = np.random.default_rng(0)
    chances = [0.06, 0.03, 0.91]  # only the new one right, only the old one, both alike
    cells = rng.multinomial(count, chances, 4000)
    found = [difference(new, old, count) for new, old, _ in cells]
    held = np.mean([low <= 0.03 <= high for _, low, high in found])
    assert 0.94 <= held <= 0.98
    assert np.mean([gain for gain, _, _ in found]) == pytest.approx(0.03, abs=0.002)


def test_both_models_are_measured_on_the_same_pictures_in_each_part(loop):
    found = compare(loop.home, loop.runs[1], "1", [loop.test, loop.base])
    assert found["overall"]["count"] == 1200
    for kind, number in (("batches", 2), ("classes", 10), ("slices", 3)):
        parts = found[kind].values()
        assert (len(parts), sum(each["count"] for each in parts)) == (number, 1200)
        for model in ("challenger", "champion"):
            right = sum(each["count"] * each[model] for each in parts)
            assert right == pytest.approx(1200 * found["overall"][model])
    swapped = compare(loop.home, "1", loop.runs[1], [loop.test, loop.base])["overall"]
    assert swapped["low"] == pytest.approx(-found["overall"]["high"])
    itself = compare(loop.home, "1", "1", [loop.test])
    assert {part["difference"] for part in [itself["overall"], *itself["classes"].values()]} == {0}
    assert (itself["overall"]["p"], itself["overall"]["high"]) == (1, pytest.approx(0.003, abs=0.0005))
    assert "champion" not in compare(loop.home, "1", None, [loop.test])["overall"]
