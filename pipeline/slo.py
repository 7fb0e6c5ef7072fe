"""Service level objectives: how fast an error budget is spent, and when somebody should be told.

After chapter 5 of "The Site Reliability Workbook" (Beyer and others, 2018). ``docker/alerts.yml`` says the same in
Prometheus's language.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Pair:
    """Two windows, in seconds, and the burn rate that both must exceed."""

    long: int
    short: int
    burn_rate: float


PAGE = (Pair(HOUR, 5 * MINUTE, 14.4), Pair(6 * HOUR, 30 * MINUTE, 6))
TICKET = (Pair(72 * HOUR, 6 * HOUR, 1),)


def burn_rate(failed: float, total: float, promised: float) -> float:
    """How many times faster than allowed the error budget is spent; 1 spends it in just the time that it is for.

    Of ``total`` requests ``failed`` did; ``promised`` is the share that must not, such as 0.999. Without requests
    nothing is spent: 0. Raises ``ValueError`` for a promise that leaves no budget, or is none.
    """
    if not 0 < promised < 1:
        raise ValueError(f"a promise of {promised} leaves nothing to spend, or promises nothing: take 0.999, say")
    return failed / total / (1 - promised) if total else 0.0


def budget_alarm(failed: list[int], total: list[int], promised: float, pairs: tuple[Pair, ...], every: int) -> bool:
    """Whether, at the end of two series, the error budget is spent so fast that somebody should be told.

    ``failed`` and ``total`` have, for each interval of ``every`` seconds, oldest first, how many requests failed and
    how many came. It is so if for any of ``pairs`` the burn rate is above its own over the long window *and* over the
    short one, both ending now. Of a window that began before the series did, what there is counts; one that is shorter
    than an interval is that interval.
    """

    def burns(window: int) -> float:
        intervals = max(1, window // every)
        return burn_rate(sum(failed[-intervals:]), sum(total[-intervals:]), promised)

    return any(burns(pair.long) > pair.burn_rate and burns(pair.short) > pair.burn_rate for pair in pairs)
