"""What a server told of itself, scrape after scrape: enough of Prometheus to follow an error budget without it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import requests
from prometheus_client.parser import text_string_to_metric_families

SECONDS = 30

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Scrapes:
    """The metrics of the server at ``url``, each time that ``take`` is called. ``clock`` gives seconds."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._taken: list[tuple[float, Series]] = []

    def take(self) -> None:
        """Ask ``/metrics`` once. Raises ``requests.RequestException`` for a server that does not answer."""
        with requests.Session() as session:
            session.trust_env = False  # it is on this machine, where no proxy stands before it
            answer = session.get(f"{self._url}/metrics", timeout=SECONDS)
        answer.raise_for_status()
        families = text_string_to_metric_families(answer.text)
        samples = (sample for family in families for sample in family.samples)
        self._taken.append((self._clock(), {(s.name, frozenset(s.labels.items())): s.value for s in samples}))

    def now(self, name: str, **labels: str) -> dict[frozenset[tuple[str, str]], float]:
        """The newest value of each series of this name that has these ``labels``, by all of its labels."""
        newest = self._taken[-1][1] if self._taken else {}
        wanted = set(labels.items())
        return {had: value for (own, had), value in newest.items() if own == name and wanted <= had}

    def increase(self, name: str, seconds: float, **labels: str) -> float:
        """By how much the counters of this name and these ``labels`` grew, all together, in the last ``seconds``.

        As Prometheus's ``increase``: a counter that is smaller than before was reset, and began at 0. Unlike there,
        nothing is added for the time before the first and after the last scrape, and a series that was not there before
        began at 0, too.
        """
        since = self._taken[-1][0] - seconds if self._taken else 0
        inside = [series for taken, series in self._taken if taken >= since]
        wanted = set(labels.items())
        total = 0.0
        for before, after in itertools.pairwise(inside):
            for (own, had), value in after.items():
                if own == name and wanted <= had:
                    old = before.get((own, had), 0.0)
                    total += value - old if value >= old else value
        return total
