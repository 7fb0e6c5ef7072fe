"""What Prometheus scrapes of the front, besides its responses: who answered, what the shadow said, the shares now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client import REGISTRY, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

VERSION = ("model", "version")
SECONDS_UP_TO = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

ANSWERS = Counter(
    "traffic_answers", "Answers of the servers behind; 503 and 504 if there was none.", (*VERSION, "status")
)
SECONDS = Histogram("traffic_seconds", "Time until a server's answer was there.", VERSION, buckets=SECONDS_UP_TO)
FALLBACKS = Counter(
    "traffic_fallbacks", "Requests that the stable version answered, as the canary had failed.", VERSION
)
COPIES = Counter(
    "traffic_shadow_copies", "Copies for a shadow: agree, differ, failed or dropped.", (*VERSION, "result")
)
GATED = Counter("traffic_gate_images", "Images that a gate has accepted or refused.", ("model", "gate", "result"))
POLICIES = Counter("traffic_policies", "Policy files that were taken or refused.", ("result",))


class HasShares(Protocol):
    def shares(self) -> dict[int, float]: ...

    @property
    def rolled_back(self) -> bool: ...


class SharesCollector:
    """The share that each version gets, and whether a canary is rolled back, as it is when Prometheus asks."""

    def __init__(self, lanes: Mapping[str, HasShares]) -> None:
        self._lanes = lanes

    def collect(self) -> Iterator[GaugeMetricFamily]:
        shares = GaugeMetricFamily("traffic_share", "Part of the requests that a version gets, 0 to 1.", labels=VERSION)
        back = GaugeMetricFamily("traffic_rolled_back", "1 for a model whose canary is rolled back.", labels=["model"])
        for name, lane in self._lanes.items():
            back.add_metric([name], lane.rolled_back)
            for version, share in lane.shares().items():
                shares.add_metric([name, str(version)], share)
        yield from (shares, back)


def exposition() -> bytes:
    """All metrics in Prometheus's text format."""
    return generate_latest(REGISTRY)
