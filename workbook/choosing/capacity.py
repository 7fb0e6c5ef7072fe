"""How many machines does a number of requests a day take? From the CPU time of one request, as the bench measures it.

The rule is the utilization law: the cores that are busy are requests a second times CPU seconds of a request. (P. J.
Denning and J. P. Buzen, *The Operational Analysis of Queueing Network Models*, ACM Computing Surveys 10, 1978.)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

SECONDS_A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Need:
    """What is asked of a service. ``cpu_ms``: CPU milliseconds of one request, in all processes of the server."""

    requests_a_day: float
    cpu_ms: float
    regions: int = 1
    peak: float = 4  # the busiest second, in times the average of the day
    cores: int = 2  # of one machine
    use: float = 0.5  # the part of its cores that may be busy: beyond it, waiting times grow quickly


@dataclass(frozen=True)
class Plan:
    """What it takes. Rates are requests a second; ``busy_cores`` at the busiest second, everywhere together."""

    average_rate: float
    peak_rate: float
    busy_cores: float
    machines_a_region: int
    machines: int
    cpu_seconds_a_thousand: float


def plan(need: Need) -> Plan:
    """Machines for the busiest second, when one machine of each region is down and, of several regions, one is gone.

    Raises ValueError for a need that is not positive, or a use beyond the whole of a core.
    """
    amounts = (need.requests_a_day, need.cpu_ms, need.regions, need.peak, need.cores, need.use)
    if min(amounts) <= 0 or need.use > 1:
        raise ValueError(f"each number has to be above 0, and use at most 1: {need}")
    average = need.requests_a_day / SECONDS_A_DAY
    busy = average * need.peak * need.cpu_ms / 1000
    regions_left = max(need.regions - 1, 1)
    machines = ceil(busy / regions_left / (need.cores * need.use)) + 1
    return Plan(average, average * need.peak, busy, machines, machines * need.regions, need.cpu_ms)


def cost_a_million(machines: int, requests_a_day: float, price: float) -> float:
    """What a million requests cost if a machine costs ``price`` an hour, day and night, in the money of ``price``."""
    return machines * 24 * price / requests_a_day * 1e6
