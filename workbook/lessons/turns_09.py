"""The turns of lesson 09: an invariance, a batch that is mixed up, Little's law with people in it, and a user's p99."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbook.lessons.turn import Turn, expect, number_of, truth_of

# Of five pictures, the best classes are 0, 1, 2, 3, 0, and after the change 0, 1, 3, 2, 0.
SCORES = np.array(
    [[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.2, 0.1, 0.6, 0.1], [0.1, 0.2, 0.1, 0.6], [0.4, 0.2, 0.2, 0.2]]
)
CHANGED = np.array(
    [[0.6, 0.2, 0.1, 0.1], [0.2, 0.6, 0.1, 0.1], [0.1, 0.2, 0.1, 0.6], [0.1, 0.1, 0.7, 0.1], [0.7, 0.1, 0.1, 0.1]]
)


def check_unchanged(share: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """Whether it is the share of pictures whose best class stays."""
    for pictures, stay in ((5, 3), (3, 2)):
        before, after = SCORES[:pictures], CHANGED[:pictures]
        found = share(before.copy(), after.copy())
        number = number_of(found, f"you gave {found!r}")
        expect(
            not np.isclose(number, (before == after).mean()),
            f"you gave {number:.3f}: that compares scores. They may move; the class with the highest one may not",
        )
        right = stay / pictures
        expect(
            np.isclose(number, right),
            f"of {pictures} pictures, {stay} keep their class; you gave {number:.3f}, expected {right:.3f}",
        )


# Of 400 pictures: what is wrong with two of them is lost in a mean, and some scores are where rounding cuts.
MANY = np.random.default_rng(9).dirichlet(np.ones(10), 400)
SWAPPED = MANY[[1, 0, *range(2, len(MANY))]]
SPOILED = 0.02 * np.arange(len(MANY))[:, np.newaxis] / len(MANY)

BATCHES: tuple[tuple[np.ndarray, bool, str], ...] = (
    (MANY, False, "the same scores, batch or not"),
    (MANY + 4e-6, False, "scores that differ by a few millionths, as sums of floats do in another order"),
    (MANY[::-1], True, "the answers of the batch in reverse order"),
    (MANY[[0] * len(MANY)], True, "the first answer for all"),
    (SWAPPED, True, "two of 400 pictures have each other's answer"),
    (MANY + SPOILED, True, "each row has a little of those before it, and its scores are too high; the classes stay"),
    (MANY - SPOILED, True, "each row lacks a little for those before it, and its scores are too low; the classes stay"),
)


def check_batch(is_mixed_up: Callable[[np.ndarray, np.ndarray], bool]) -> None:
    """Whether it finds what batches do wrong, and forgives rounding."""
    for together, expected, what in BATCHES:
        found = is_mixed_up(together.copy(), MANY.copy())
        verdict = truth_of(found, f"{what}: you gave {found!r}")
        expect(verdict == expected, f"{what}: you gave {verdict}, expected {expected}")


def check_users(users: Callable[[float, float, float], float]) -> None:
    """Whether it counts those who think as well as those who wait."""
    for rate, waiting, thinking, expected in ((100, 0.5, 4.5, 500), (20, 0.1, 0.9, 20), (300, 0.02, 0, 6)):
        found = users(rate, waiting, thinking)
        said = f"users({rate}, {waiting}, {thinking}) gave {found}"
        number = number_of(found, said)
        why = ""
        if thinking and np.isclose(number, rate * waiting):
            why = ": these are those who wait; the others are thinking"
        elif np.isclose(number, rate * thinking):
            why = ": these are those who think; some are waiting for their answer"
        expect(np.isclose(number, expected), f"{said}, expected {expected}{why}")


def check_p99(p99: Callable[[np.ndarray, np.ndarray, np.ndarray], float]) -> None:
    """Whether it counts from when a request was due, and is a quantile."""
    due = np.arange(1000) / 100
    sent = due.copy()
    sent[500:600] = 6  # the sender was held up for a second
    took = np.where(np.arange(1000) < 50, 0.5, 0.13)  # the server had been slow before that
    done = sent + took
    found = p99(due, sent, done)
    number = number_of(found, f"you gave {found!r}")
    for other, why in (
        (np.quantile(took, 0.99), "that is from when it was sent. The user has waited since it was due"),
        (np.quantile(sent - due, 0.99), "that is how late it was sent. The user waits for the answer"),
        ((done - due).max(), "that is the longest of all; one in 100 is longer than the p99"),
        ((done - due).mean(), "that is the mean, in which a stall is lost"),
    ):
        expect(not np.isclose(number, other), f"you gave {number:.3f}: {why}")
    right = np.quantile(done - due, 0.99)
    expect(np.isclose(number, right, rtol=0.02), f"you gave {number:.3f}, expected {right:.3f}")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="09 unchanged",
        check=check_unchanged,
        idea="It needs no labels, so it can be asked of any picture that you have, and of as many as you like.",
        answer=("(before.argmax(axis=1) == after.argmax(axis=1)).mean()",),
        wrong=(
            ("(before == after).mean()",),
            ("np.allclose(before, after)",),
            ("before.argmax() == after.argmax()",),
            ("(before.argmax(axis=0) == after.argmax(axis=0))",),
            ("(before.argmax(axis=1) != after.argmax(axis=1)).mean()",),
            ("(before.argmax(axis=1) == after.argmax(axis=1)).sum()",),
            ("0.6",),
        ),
    ),
    Turn(
        name="09 batch",
        check=check_batch,
        idea="It knows nothing of the right labels: the server is compared with itself.",
        answer=("not np.allclose(together, alone, rtol=0, atol=1e-3)",),
        wrong=(
            ("not np.array_equal(together, alone)",),
            ("not np.allclose(together[0], alone[0], rtol=0, atol=1e-3)",),
            ("not np.allclose(together.mean(axis=0), alone.mean(axis=0), rtol=0, atol=1e-3)",),
            ("(together.argmax(axis=1) != alone.argmax(axis=1)).any()",),
            ("np.allclose(together, alone, rtol=0, atol=1e-3)",),
            ("(together - alone).max() > 1e-3",),
            ("(alone - together).max() > 1e-3",),
            ("np.abs(together - alone).mean() > 1e-3",),
            ("(together.round(3) != alone.round(3)).any()",),
            ("np.abs(together - alone) > 1e-3",),
        ),
    ),
    Turn(
        name="09 users",
        check=check_users,
        idea="People who think are in the system, too. That is why a small server can have many users.",
        answer=("rate * (waiting + thinking)",),
        wrong=(
            ("rate * waiting",),
            ("rate * thinking",),
            ("rate / (waiting + thinking)",),
            ("(waiting + thinking) / rate",),
        ),
    ),
    Turn(
        name="09 p99",
        check=check_p99,
        idea="A user does not care whether it was the server or the sender that was late.",
        answer=("np.quantile(done - due, 0.99)",),
        wrong=(
            ("np.quantile(done - sent, 0.99)",),
            ("np.mean(done - due)",),
            ("np.max(done - due)",),
            ("np.quantile(done, 0.99)",),
            ("np.quantile(done - due, 99)",),
            ("np.quantile(sent - due, 0.99)",),
            ("np.quantile(sent - due, 0.99) + np.quantile(done - sent, 0.99)",),
        ),
    ),
)
