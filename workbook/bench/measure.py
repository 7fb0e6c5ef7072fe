"""Measuring the contestants: in each round, each of them is started alone, warmed up, and put under load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from workbook.bench import question
from workbook.bench.load import Load, put_load
from workbook.bench.servers import Contestant
from workbook.bench.usage import Memory, cpu_seconds, memory, process_tree
from workbook.servers.process import STOP_SECONDS, Server

WARM_UP_SECONDS = 1
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Plan:
    """How much to measure: ``seconds`` of load from each number of ``clients``, in each of ``rounds``."""

    clients: tuple[int, ...] = (1, 8, 32)
    seconds: int = 5
    rounds: int = 3


@dataclass(frozen=True)
class Sample:
    """One contestant in one round: its loads and the CPU time per request in ms, both by the number of clients."""

    ready_seconds: float
    memory: Memory
    loads: dict[int, Load]
    cpu_ms: dict[int, float]


def measure(contestant: Contestant, models: Path, plan: Plan) -> Sample:
    """Start it, make sure that its answer is right, and measure it.

    Raises ``DidNotStart``, and ``RuntimeError`` or ``requests.RequestException`` if it does not answer as it should.
    """
    with running(contestant, models) as server:
        url = server.url + contestant.path
        body = models.with_name("body.json")
        body.write_text(json.dumps(contestant.body(question.trousers()), separators=(",", ":")), encoding="utf-8")
        _check_answer(contestant, url, body.read_bytes())
        put_load(url, body, max(plan.clients), WARM_UP_SECONDS)
        loads, cpu_ms = {}, {}
        for clients in plan.clients:
            before = cpu_seconds(server.pid)
            loads[clients] = put_load(url, body, clients, plan.seconds)
            used = cpu_seconds(server.pid) - before
            if not loads[clients].answered:
                raise RuntimeError(f"no answer to {clients} clients in {plan.seconds} s: {loads[clients]}")
            cpu_ms[clients] = used * 1000 / loads[clients].answered
        return Sample(server.seconds_to_ready, memory(server.pid), loads, cpu_ms)


@contextmanager
def running(contestant: Contestant, models: Path) -> Iterator[Server]:
    """The contestant, as a process that is gone afterward, with every process that it started."""
    environment = {"MODELS": str(models), "WORKERS": str(contestant.workers)}
    server = Server(str(contestant.file), ready=contestant.ready, python=contestant.python(), environment=environment)
    try:
        yield server
    finally:
        tree = process_tree(server.pid)
        server.stop()
        _, left = psutil.wait_procs(tree, STOP_SECONDS)
        for process in left:
            process.kill()
        psutil.wait_procs(left, STOP_SECONDS)


def _check_answer(contestant: Contestant, url: str, body: bytes) -> None:
    response = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=ANSWER_SECONDS)
    if not response.ok:
        raise RuntimeError(f"answered {response.status_code}: {response.text[:200]}")
    scores = contestant.scores(response.json())
    if len(scores) != question.CLASSES or scores.index(max(scores)) != question.CLASS:
        raise RuntimeError(f"expected {question.CLASSES} scores, the highest for class {question.CLASS}; got {scores}")
