"""What a round begins with: the champion and its data, after a rollback too; and no rule or parameter that is none."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.engines import plan
from pipeline.engines.plan import Round, configuration
from pipeline.loop import registry
from tests.loops import PASSED


@pytest.fixture
def batch(loop):
    path = loop.home / "new.npz"
    np.savez(path, images=loop.pixels[:60], labels=loop.labels[:60])
    return path


def test_after_a_rollback_a_round_begins_with_the_data_of_the_champion_that_is_back(loop, batch):
    registry.promote(loop.home, registry.register(loop.home, loop.runs[1], PASSED), "the canary")
    config = configuration(Round(loop.home, batch))
    assert (config["champion"], config["data"]["train"]) == ("2", [loop.base, loop.more])
    registry.roll_back(loop.home, "an operator")
    config = configuration(Round(loop.home, batch))
    assert (config["champion"], config["data"]) == ("1", loop.data)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rules": {"lest": 1}}, "no rule lest; there is least"),
        ({"parameters": {"epoch": 3}}, "no parameter epoch; there is seed"),
        ({"parameters": {"epochs": 0}}, "epochs=0: write a whole number, at least 1"),
        ({"strategy": "guess"}, "no strategy 'guess'"),
    ],
)
def test_what_the_gate_or_the_training_would_refuse_is_refused_before_the_round(loop, batch, asked, said):
    with pytest.raises(ValueError, match=said):
        configuration(Round(loop.home, batch, **asked))


def test_half_a_file_of_a_round_that_was_ended_is_not_taken_for_the_first_batch(loop, monkeypatch):
    real = np.savez

    def half(path, **arrays):
        real(path, images=arrays["images"][:5])
        raise KeyboardInterrupt

    monkeypatch.setattr(plan, "FIRST", 60)
    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(KeyboardInterrupt):
        configuration(Round(loop.home))
    monkeypatch.setattr(np, "savez", real)
    with np.load(configuration(Round(loop.home))["path"]) as file:
        assert (len(file["images"]), len(file["labels"])) == (60, 60)
