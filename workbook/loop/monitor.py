"""Whether the pictures that the service gets are still those that its model was made for: the server's own gauges."""

from __future__ import annotations

from dataclasses import dataclass

from workbook.loop.service import MODEL
from workbook.servers.scrapes import Scrapes

WINDOWS = ("last", "previous")


@dataclass(frozen=True)
class Alarm:
    """A ``statistic`` whose last two windows of pictures were beyond the ``limit``; ``distance`` is the newest's."""

    statistic: str
    distance: float
    limit: float

    def __str__(self) -> str:
        return f"{self.statistic} is {self.distance:.2f} away from what it was, and {self.limit:.2f} is rare"


class Monitor:
    """Asks the ``server`` at this address for its gauges of drift."""

    def __init__(self, server: str) -> None:
        self._scrapes = Scrapes(server)

    def look(self, version: int) -> Alarm | None:
        """The alarm of ``version``, of the statistic that is furthest beyond its limit; None if all is well.

        A statistic counts if two windows in a row are beyond, which have no picture in common: one alone is so by
        chance now and then. Raises ``requests.RequestException`` if the server does not answer.
        """
        self._scrapes.take()
        of_version = {"model": MODEL, "version": str(version)}
        limits = self._by_statistic("inference_drift_limit", of_version)
        last, previous = (self._by_statistic("inference_drift", {**of_version, "window": name}) for name in WINDOWS)
        alarms = [
            Alarm(name, last[name], limit)
            for name, limit in limits.items()
            if min(last.get(name, 0.0), previous.get(name, 0.0)) > limit
        ]
        return max(alarms, key=lambda alarm: alarm.distance / alarm.limit, default=None)

    def _by_statistic(self, gauge: str, labels: dict[str, str]) -> dict[str, float]:
        return {dict(had)["statistic"]: value for had, value in self._scrapes.now(gauge, **labels).items()}
