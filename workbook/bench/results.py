"""What a run of the bench found: medians over its rounds, the ratios between them, and how they meet the targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from workbook.bench.measure import Sample
from workbook.bench.servers import COURSE_NOTES, FLOOR, REFERENCE, Contestant

OWN = (COURSE_NOTES, REFERENCE, FLOOR)


@dataclass(frozen=True)
class Row:
    """The medians at one number of clients; ``failed`` is the sum of refused requests and socket errors."""

    rate: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True)
class Result:
    """One contestant. If it has an ``error``, it could not be measured, and the rest is missing. Memory is in MB."""

    name: str
    workers: int
    error: str = ""
    ready_seconds: float | None = None
    rss_mb: float | None = None
    pss_mb: float | None = None
    rows: dict[int, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """A number that the course promises: what was measured, beside the target, ``"at least 0.85"``."""

    what: str
    measured: float
    target: str


def summarize(contestant: Contestant, samples: list[Sample]) -> Result:
    """The medians over the rounds."""
    clients = samples[0].loads
    shared = [sample.memory.pss for sample in samples if sample.memory.pss is not None]
    return Result(
        contestant.name,
        contestant.workers,
        ready_seconds=median(sample.ready_seconds for sample in samples),
        rss_mb=median(sample.memory.rss for sample in samples),
        pss_mb=median(shared) if shared else None,
        rows={count: _row(samples, count) for count in clients},
    )


def _row(samples: list[Sample], clients: int) -> Row:
    loads = [sample.loads[clients] for sample in samples]
    return Row(
        rate=median(load.rate for load in loads),
        cpu_ms=median(sample.cpu_ms[clients] for sample in samples),
        p50_ms=median(load.p50_ms for load in loads),
        p99_ms=median(load.p99_ms for load in loads),
        failed=sum(load.refused + load.socket_errors for load in loads),
    )


@dataclass(frozen=True)
class Report:
    """Everything from one run. ``batch_rate``: images/s inside the reference's handler, with 1,000 per request."""

    results: tuple[Result, ...]
    rounds: int
    seconds: int
    batch_rate: float

    def rows(self, name: str) -> dict[int, Row]:
        """By the number of clients; empty for a contestant that could not be measured or did not take part."""
        return next((result.rows for result in self.results if result.name == name), {})

    def clients(self) -> list[int]:
        """The numbers of clients that were measured."""
        return sorted({count for result in self.results for count in result.rows})

    def advantage(self, name: str, clients: int) -> float | None:
        """The reference's requests per second over those of ``name``; None if one was not measured."""
        ours, theirs = self.rows(REFERENCE).get(clients), self.rows(name).get(clients)
        return ours.rate / theirs.rate if ours and theirs else None

    def thrift(self, name: str, clients: int) -> float | None:
        """The CPU time per request of ``name`` over the reference's; None as above."""
        ours, theirs = self.rows(REFERENCE).get(clients), self.rows(name).get(clients)
        return theirs.cpu_ms / ours.cpu_ms if ours and theirs else None

    def verdicts(self) -> list[Verdict]:
        """The course's promises about its reference server, as far as this run can judge them."""
        found = [*self._against_own(), *self._against_peers()]
        reference = next((result for result in self.results if result.name == REFERENCE and result.rows), None)
        if reference:
            found.append(Verdict("seconds from start to ready", reference.ready_seconds, "under 1"))
            found.append(Verdict("MB of memory (RSS)", reference.rss_mb, "under 200"))
        found.append(Verdict("images/s in the handler, 1,000 per request", self.batch_rate, "at least 20,000"))
        return found

    def _against_own(self) -> list[Verdict]:
        targets = [(COURSE_NOTES, 32, "at least 150"), (FLOOR, 8, "at least 0.85"), (FLOOR, 32, "at least 0.85")]
        return [
            Verdict(f"times the req/s of the {name} (clients: {clients})", ratio, target)
            for name, clients, target in targets
            if (ratio := self.advantage(name, clients))
        ]

    def _against_peers(self) -> list[Verdict]:
        """Compared with the fastest and the most frugal peer, which may differ, at each number of clients."""
        peers = [result.name for result in self.results if result.name not in OWN and result.rows]
        found = []
        for clients in self.rows(REFERENCE) if peers else ():
            fastest = min(self.advantage(name, clients) for name in peers)
            thriftiest = min(self.thrift(name, clients) for name in peers)
            found.append(Verdict(f"times the req/s of the best peer (clients: {clients})", fastest, "at least 1.5"))
            found.append(Verdict(f"times as little CPU as the best peer (clients: {clients})", thriftiest, "over 1"))
        return found
