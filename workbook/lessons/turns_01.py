"""The turns of lesson 01: scale pictures as in training, tell kinds of drift apart, and sound the alarm at the right
time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbook.lessons.turn import Turn, expect, truth_of

DRIFTS = {
    "the studio buys a sharper camera": "data",
    "sandals are sold as ankle boots": "concept",
    "in winter, half of the pictures are coats": "label",
    "customers send phone pictures": "data",
}
WHY = {
    "data": "a picture of the same thing looks different",
    "concept": "the same picture now has another right answer",
    "label": "only how often each class comes has changed",
}


def check_prepare(prepare: Callable[[np.ndarray], np.ndarray]) -> None:
    """Whether it divides by 255, whatever is in the pictures."""
    pictures = np.zeros((2, 28, 28), np.uint8)
    pictures[0], pictures[1, 3, 4] = 51, 255
    found = prepare(pictures)
    expect(found is not None, "the function returns nothing")
    found = np.asarray(found)
    expect(found.shape == pictures.shape, f"the shape became {found.shape}, expected {pictures.shape}")
    expect(not np.array_equal(found, pictures), "the pixels still go from 0 to 255; the averages go from 0 to 1")
    expect(found.max() > 0.99, f"white became {found.max():.3f}, expected 1")
    expect(np.isclose(found[0, 0, 0], 0.2), f"a pixel of 51 became {found[0, 0, 0]}, expected 0.2")
    dark = np.asarray(prepare(pictures[:1]))
    expect(
        np.allclose(dark, 0.2),
        f"alone, a gray picture of 51 became {dark[0, 0, 0]:.3f}, expected 0.2: divide by the largest possible value, "
        "as in training, not by the largest of these pictures",
    )


def check_drift(kinds: dict[str, str]) -> None:
    """Whether each event has its kind of drift."""
    for what, expected in DRIFTS.items():
        found = kinds[what]
        expect(found in WHY, f'{what}: {found!r} is none of "data", "concept" and "label"')
        expect(found == expected, f'{what}: that is not "{found}", which would mean that {WHY[found]}')


def check_alarm(rings: Callable[[float, float], bool]) -> None:
    """Whether it rings for more than a tenth of the usual brightness, up and down."""
    for brightness, usual, expected in (
        (0.29, 0.29, False),
        (0.27, 0.29, False),
        (0.25, 0.29, True),
        (0.33, 0.29, True),
        (0.56, 0.58, False),
        (130, 120, False),
    ):
        found = rings(brightness, usual)
        said = f"rings({brightness}, {usual}) gave {found}"
        rang = truth_of(found, said)
        why = ""
        if rang != expected:
            brighter = ": pictures can grow brighter, too" if brightness > usual else ""
            missed = brighter or ": a tenth of the usual brightness is enough, not 0.1"
            why = missed if expected else ": that is less than a tenth away"
        expect(rang == expected, f"{said}, expected {expected}{why}")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="01 prepare",
        check=check_prepare,
        idea="The number comes from the format of the pictures, so one picture and a thousand are treated alike.",
        answer=("pictures / 255",),
        wrong=(("pictures",), ("pictures / pictures.max()",), ("pictures // 255",), ("pictures / 256",)),
    ),
    Turn(
        name="01 drift",
        check=check_drift,
        idea="Ask what changed: how things look, what they are called, or how often they come.",
        answer=('"data"', '"concept"', '"label"', '"data"'),
        wrong=(
            ('"data"', '"label"', '"label"', '"data"'),
            ('"data"', '"concept"', '"data"', '"data"'),
            ('"data"', '"concept"', '"label"', '"concept"'),
            ('"data drift"', '"concept drift"', '"label shift"', '"data drift"'),
        ),
    ),
    Turn(
        name="01 alarm",
        check=check_alarm,
        idea="It needs no labels, so it can run every minute.",
        answer=("abs(brightness - usual) > 0.1 * usual",),
        wrong=(
            ("brightness < 0.9 * usual",),
            ("abs(brightness - usual) > 0.1",),
            ("brightness != usual",),
        ),
    ),
)
