"""The turns of lesson 08: who gets which version, whether somebody got lost, a fair bet, how fast a budget burns."""

from __future__ import annotations

import math
from collections.abc import Callable

from server.traffic.assignment import share_point
from workbook.lessons.turn import Turn, expect

USERS = [f"user-{number}" for number in range(2000)]


def check_arm(gets_b: Callable[[str, float, str], bool]) -> None:
    """Whether it deals each user out by the hash of salt and name."""
    first = {user: gets_b(user, 0.3, "summer") for user in USERS}
    expect(None not in first.values(), "the function returns nothing; expected True or False")
    again = [user for user in USERS if bool(gets_b(user, 0.3, "summer")) != bool(first[user])]
    expect(not again, f"{len(again):,} of {len(USERS):,} users changed their version when they came a second time")
    share = sum(map(bool, first.values())) / len(USERS)
    expect(abs(share - 0.3) < 0.05, f"of {len(USERS):,} users {share:.0%} got B, expected about 30 %")
    other = sum(bool(gets_b(user, 0.3, "winter")) != bool(first[user]) for user in USERS)
    expect(other > 0, "another salt gave every user the same version as before: hash the salt, too")
    front = all(bool(found) == (share_point("summer", user) < 0.3) for user, found in first.items())
    expect(front, "the share is right, but the users are others than the front's: B has the *smaller* points")


def check_ratio(term: Callable[[int, float], float]) -> None:
    """Whether it is one arm's part of Pearson's statistic."""
    for count, wanted, expected in ((100, 100.0, 0.0), (5100, 5000.0, 2.0), (70, 100.0, 9.0), (10_100, 10_000.0, 1.0)):
        found = term(count, wanted)
        said = f"term({count}, {wanted:g}) gave {found}"
        expect(found is not None, f"{said}: the function returns nothing")
        unscaled = expected and math.isclose(found, (count - wanted) ** 2)
        expect(not unscaled, f"{said}. A hundred too many are a lot for 1,000 and nothing for a million: divide")
        expect(math.isclose(found, expected, abs_tol=1e-9), f"{said}, expected {expected:g}")


def check_bet(after_flip: Callable[[float, float, bool], float]) -> None:
    """Whether the bet is fair, and pays what was put on the side that came."""
    for money, on_b in ((1.0, 0.5), (1.0, 0.6), (8.0, 0.25)):
        won, lost = after_flip(money, on_b, True), after_flip(money, on_b, False)
        said = f"with {money:g}, of which {on_b:.0%} on B, after_flip gave {won} if B comes and {lost} if A comes"
        expect(won is not None and lost is not None, f"{said}: the function returns nothing")
        fair = math.isclose((won + lost) / 2, money)
        expect(fair, f"{said}. With a fair coin, that is {(won + lost) / 2:g} on average, expected {money:g} again")
        right = math.isclose(won, 2 * money * on_b)
        expect(right, f"{said}; expected twice what was put on the side that came: {2 * money * on_b:g} for B")


def check_burn(burn_rate: Callable[[int, int, float], float]) -> None:
    """Whether it is the share that failed, in units of the share that may."""
    for failed, answered, slo, expected in ((10, 1000, 0.99, 1), (200, 1000, 0.99, 20), (3, 6000, 0.999, 0.5)):
        found = burn_rate(failed, answered, slo)
        said = f"burn_rate({failed}, {answered}, {slo}) gave {found}"
        expect(found is not None, f"{said}: the function returns nothing")
        right = math.isclose(found, expected, rel_tol=1e-6)
        expect(right, f"{said}, expected {expected}: {failed / answered:.2%} failed, and {1 - slo:.2%} may")


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
        ),
    ),
)
