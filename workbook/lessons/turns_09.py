"""The turns of lesson 09: an invariance, a batch that is mixed up, Little's law with people in it, and a user's p99."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbook.lessons.turn import Turn, expect

# Of four pictures, the best classes are 0, 1, 2, 3, and after the change 0, 1, 3, 2.
SCORES = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.2, 0.1, 0.6, 0.1], [0.1, 0.2, 0.1, 0.6]])
CHANGED = np.array([[0.6, 0.2, 0.1, 0.1], [0.2, 0.6, 0.1, 0.1], [0.1, 0.2, 0.1, 0.6], [0.1, 0.1, 0.7, 0.1]])


def check_unchanged(share: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """Whether it is the share of pictures whose best class stays."""
    found = share(SCORES, CHANGED)
    expect(found is not None, "the function returns nothing")
    is_number = np.ndim(found) == 0 and not isinstance(found, bool | np.bool_)
    expect(is_number, f"you gave {found!r}; expected a share from 0 to 1")
    expect(
        not np.isclose(found, (SCORES == CHANGED).mean()),
        f"you gave {found:.3f}: that compares scores. They may move; the class with the highest one may not",
    )
    expect(np.isclose(found, 0.5), f"of four pictures, two keep their class; you gave {found:.3f}, expected 0.5")


BATCHES: tuple[tuple[np.ndarray, bool, str], ...] = (
    (SCORES, False, "the same scores, batch or not"),
    (SCORES + 4e-6, False, "scores that differ by a few millionths, as sums of floats do in another order"),
    (SCORES[::-1], True, "the answers of the batch in reverse order"),
    (SCORES[[0, 0, 0, 0]], True, "the first answer for all"),
    (SCORES + 0.01 * np.arange(4)[:, np.newaxis], True, "each row has a little of those before it; the classes stay"),
)


def check_batch(is_mixed_up: Callable[[np.ndarray, np.ndarray], bool]) -> None:
    """Whether it finds what batches do wrong, and forgives rounding."""
    for together, expected, what in BATCHES:
        found = is_mixed_up(together, SCORES.copy())
        expect(found is not None, "the function returns nothing; expected True or False")
        expect(bool(found) == expected, f"{what}: you gave {bool(found)}, expected {expected}")


def check_users(users: Callable[[float, float, float], float]) -> None:
    """Whether it counts those who think as well as those who wait."""
    for rate, waiting, thinking, expected in ((100, 0.5, 4.5, 500), (20, 0.1, 0.9, 20), (300, 0.02, 0, 6)):
        found = users(rate, waiting, thinking)
        said = f"users({rate}, {waiting}, {thinking}) gave {found}, expected {expected}"
        expect(found is not None, f"{said}: the function returns nothing")
        why = ""
        if thinking and np.isclose(found, rate * waiting):
            why = ": these are those who wait; the others are thinking"
        elif np.isclose(found, rate * thinking):
            why = ": these are those who think; some are waiting for their answer"
        expect(np.isclose(found, expected), said + why)


def check_p99(p99: Callable[[np.ndarray, np.ndarray, np.ndarray], float]) -> None:
    """Whether it counts from when a request was due, and is a quantile."""
    due = np.arange(1000) / 100
    sent = due.copy()
    sent[500:600] = 6  # the sender was held up for a second
    done = sent + 0.004
    found = p99(due, sent, done)
    expect(found is not None, "the function returns nothing")
    expect(np.ndim(found) == 0, f"you gave {np.shape(found)} numbers; expected one")
    expect(
        not np.isclose(found, np.quantile(done - sent, 0.99)),
        f"you gave {found:.3f}: from when it was sent. The user has waited since it was due",
    )
    expect(not np.isclose(found, (done - due).max()), f"you gave {found:.3f}, the longest of all; one in 100 is longer")
    expect(not np.isclose(found, (done - due).mean()), f"you gave {found:.3f}, the mean, in which a stall is lost")
    right = np.quantile(done - due, 0.99)
    expect(np.isclose(found, right, rtol=0.02), f"you gave {found:.3f}, expected {right:.3f}")


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
            ("(before.argmax(axis=1) != after.argmax(axis=1)).sum()",),
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
        ),
    ),
)
