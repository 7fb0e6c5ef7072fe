"""The turns of lesson 08: who gets which version, whether somebody got lost, a fair bet, how fast a budget burns."""

from __future__ import annotations

import math
from collections.abc import Callable

from server.traffic.assignment import share_point
from workbook.lessons.turn import Turn, expect, number_of, truth_of

USERS = [f"user-{number}" for number in range(2000)]


def check_arm(gets_b: Callable[[str, float, str], bool]) -> None:
    """Whether it deals each user out by the hash of salt and name."""

    def arms(share: float, salt: str) -> list[bool]:
        found = ((user, gets_b(user, share, salt)) for user in USERS)
        return [truth_of(arm, f'gets_b("{user}", {share}, "{salt}") gave {arm!r}') for user, arm in found]

    first = arms(0.3, "summer")
    moved = sum(one != two for one, two in zip(first, arms(0.3, "summer"), strict=True))
    expect(not moved, f"{moved:,} of {len(USERS):,} users changed their version when they came a second time")
    for share, found in ((0.3, sum(first)), (0.6, sum(arms(0.6, "summer")))):
        said = f"of {len(USERS):,} users {found / len(USERS):.0%} got B with a share_of_b of {share}"
        expect(abs(found / len(USERS) - share) < 0.05, f"{said}, expected about {share:.0%}")
    expect(arms(0.3, "winter") != first, "another salt gave every user the same version as before: hash the salt, too")
    front = [share_point("summer", user) < 0.3 for user in USERS]
    expect(
        first == front,
        "the share is right, but they are not the users to whom the front gives B. It takes share_point(salt, user), "
        "in that order, and B has the *smaller* points",
    )


def check_ratio(term: Callable[[int, float], float]) -> None:
    """Whether it is one arm's part of Pearson's statistic."""
    for count, wanted, expected in (
        (100, 100.0, 0.0),
        (5100, 5000.0, 2.0),
        (70, 100.0, 9.0),
        (103, 100.0, 0.09),
        (10_100, 10_000.0, 1.0),
    ):
        found = term(count, wanted)
        said = f"term({count}, {wanted:g}) gave {found}"
        number = number_of(found, said)
        unscaled = expected and math.isclose(number, (count - wanted) ** 2)
        expect(not unscaled, f"{said}. A hundred too many are a lot for 1,000 and nothing for a million: divide")
        expect(math.isclose(number, expected, abs_tol=1e-9), f"{said}, expected {expected:g}")


def check_bet(after_flip: Callable[[float, float, bool], float]) -> None:
    """Whether the bet is fair, and pays what was put on the side that came."""
    for money, on_b in ((1.0, 0.5), (1.0, 0.62), (8.0, 0.25)):
        sides = [after_flip(money, on_b, b_won) for b_won in (True, False)]
        said = f"with {money:g}, of which {on_b:.0%} on B, after_flip gave {sides[0]} if B comes, {sides[1]} if A comes"
        won, lost = (number_of(side, said) for side in sides)
        fair = math.isclose((won + lost) / 2, money)
        expect(fair, f"{said}. With a fair coin, that is {(won + lost) / 2:g} on average, expected {money:g} again")
        right = math.isclose(won, 2 * money * on_b)
        expect(right, f"{said}; expected twice what was put on the side that came: {2 * money * on_b:g} for B")


def check_burn(burn_rate: Callable[[int, int, float], float]) -> None:
    """Whether it is the share that failed, in units of the share that may."""
    for failed, answered, slo, expected in (
        (10, 1000, 0.99, 1),
        (200, 1000, 0.99, 20),
        (3, 6000, 0.999, 0.5),
        (7, 4000, 0.98, 0.0875),
    ):
        found = burn_rate(failed, answered, slo)
        said = f"burn_rate({failed}, {answered}, {slo}) gave {found}"
        right = math.isclose(number_of(found, said), expected, rel_tol=1e-6)
        expect(right, f"{said}, expected {expected}: {failed / answered:.3%} failed, and {1 - slo:.3%} may")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="08 arm",
        check=check_arm,
        idea="No table of users is kept anywhere: whoever knows the salt knows everybody's arm.",
        answer=("share_point(salt, user) < share_of_b",),
        wrong=(
            ("np.random.random() < share_of_b",),
            ('share_point("", user) < share_of_b',),
            ("share_point(salt, user) > share_of_b",),
            ("share_point(salt, user) > 1 - share_of_b",),
            ("share_point(user, salt) < share_of_b",),
            ("share_point(salt, user) < 0.3",),
            ('"B" if share_point(salt, user) < share_of_b else "A"',),
        ),
    ),
    Turn(
        name="08 ratio",
        check=check_ratio,
        idea="Pearson published it in 1900; it needs no labels, only two counts.",
        answer=("(count - wanted) ** 2 / wanted",),
        wrong=(
            ("(count - wanted) ** 2",),
            ("abs(count - wanted) / wanted",),
            ("(count - wanted) ** 2 / count",),
            ("[(count - wanted) ** 2 / wanted]",),
        ),
    ),
    Turn(
        name="08 bet",
        check=check_bet,
        idea="Nobody gets rich on a fair coin, however clever the bets are. That is the whole proof.",
        answer=("2 * money * (on_b if b_won else 1 - on_b)",),
        wrong=(
            ("money * (on_b if b_won else 1 - on_b)",),
            ("2 * money * on_b",),
            ("money + (on_b if b_won else -on_b)",),
        ),
    ),
    Turn(
        name="08 burn",
        check=check_burn,
        idea="At a rate of 1 the budget lasts exactly as long as it should.",
        answer=("failed / answered / (1 - slo)",),
        wrong=(
            ("failed / answered / slo",),
            ("failed / (1 - slo)",),
            ("(1 - failed / answered) / slo",),
            ("failed / answered / 0.01",),
            ("round(failed / answered / (1 - slo), 1)",),
        ),
    ),
)
