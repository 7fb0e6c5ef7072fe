"""What the front costs, and what it promises: no request lost over a canary, a shadow or a changed policy.

Run as ``python -m workbook.bench.traffic``; it takes three minutes. All is asked by wrk, with the same picture, on this
machine; what counts is the ratio between two figures of one run, and the zeros.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from server.model_card import PINNED_MODELS
from workbook.bench.load import Load, put_load
from workbook.bench.question import trousers
from workbook.bench.servers import FOLDER, WORKERS
from workbook.bench.traffic import misbehaving
from workbook.bench.usage import cpu_seconds
from workbook.servers.process import Process, Server, answers, free_port

CLIENTS = 32
ROUNDS = 5
SECONDS = 3
ALONE_SECONDS = 2
LOSS_SECONDS = 10
WARM_UP_SECONDS = 1
ROUTED, PINNED = "/models/clothes", "/models/clothes/v1"
ONE = 'route = { kind = "version", version = 1 }'
TWO = 'route = { kind = "version", version = 2 }'
SPLIT = 'route = { kind = "split", shares = { 1 = 0.5, 2 = 0.5 } }'
SHADOW = 'route = { kind = "shadow", version = 1, shadow = 2 }'
GATE = 'gate = { model = "clothing", accept = "clothing", when_down = "refuse" }'
CANARY = """[models.clothes.route]
kind = "canary"
stable = 1
canary = 2
steps = [0.05, 0.25, 1.0]
hold_requests = 50
error_budget = 0.01
at_least = 50
"""


class Front(Process):
    """``workbook serve --traffic`` before the server ``one``; ``use`` gives it another policy and waits for it."""

    def __init__(self, folder: Path, one: str) -> None:
        self.file, self.one = folder / "traffic.toml", one
        self.file.write_text(self._policy(one, ONE), encoding="utf-8")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(
            [sys.executable, "-m", "workbook", "serve", "--traffic", str(self.file), "--port", str(port)], {}
        )
        self.wait_until(lambda: answers(f"{self.url}/readyz"), "answer at /readyz")

    def use(self, two: str, route: str) -> None:
        before = self.state()["policy"]["taken"]
        self.file.write_text(self._policy(two, route), encoding="utf-8")
        self.wait_until(lambda: self.state()["policy"]["taken"] != before, "change of its policy")

    def state(self) -> dict:
        return requests.get(f"{self.url}/traffic", timeout=60).json()

    def canary(self) -> dict:
        return self.state()["models"]["clothes"]["canary"]

    def _policy(self, two: str, route: str) -> str:
        gate = f'[models.clothing]\nversions = {{ 1 = "{self.one}" }}\n{ONE}\n'
        return f'{gate}[models.clothes]\nversions = {{ 1 = "{self.one}", 2 = "{two}" }}\n{route}\n'


class Bench:
    """The reference with two workers, a front before it, and the body that both are sent."""

    def __init__(self, folder: Path, reference: Server) -> None:
        self.reference = reference
        self.front = Front(folder, reference.url)
        self._body = folder / "body.json"
        self._body.write_text(json.dumps({"image": trousers()}), encoding="utf-8")

    def load(self, url: str, clients: int = CLIENTS, seconds: int = SECONDS) -> Load:
        return put_load(url, self._body, clients, seconds)

    def routed(self, front: Front) -> Load:
        return self.load(front.url + ROUTED)


def main() -> None:
    """Measure, and print three tables."""
    console = Console(soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="workbook-bench-") as folder, reference() as server:
        bench = Bench(Path(folder), server)
        with bench.front:
            bench.load(bench.front.url + ROUTED, seconds=WARM_UP_SECONDS)
            console.print(costs(bench))
            console.print(shadows(bench))
            console.print(losses(bench))


@contextmanager
def reference() -> Iterator[Server]:
    environment = {"MODELS": str(PINNED_MODELS), "WORKERS": str(WORKERS)}
    with Server(str(FOLDER / "reference.py"), ready="/readyz", environment=environment) as server:
        yield server


def costs(bench: Bench) -> Table:
    """The front against the server alone, and a chain of two models against one, in alternation."""
    found: dict[str, list[tuple[float, float, float]]] = {"direct": [], "front": [], "gate": []}
    for _ in range(ROUNDS):
        found["direct"].append(_cost(bench, bench.reference.url + PINNED))
        bench.front.use(bench.reference.url, ONE)
        found["front"].append(_cost(bench, bench.front.url + ROUTED))
        bench.front.use(bench.reference.url, f"{GATE}\n{ONE}")
        found["gate"].append(_cost(bench, bench.front.url + ROUTED))
    medians = {
        way: [statistics.median(figures) for figures in zip(*rounds, strict=True)] for way, rounds in found.items()
    }
    table = Table("", "p50, 1 client, ms", f"req/s, {CLIENTS} clients", "CPU, ms a request")
    table.title = "What the front costs: in brackets, times the row above"
    before = None
    for way, name in (("direct", "the server alone"), ("front", "behind the front"), ("gate", "behind front and gate")):
        ratios = ["" if before is None else f" ({one / other:.2f})" for one, other in _pairs(medians[way], before)]
        p50, rate, cpu = medians[way]
        table.add_row(name, f"{p50:.2f}{ratios[0]}", f"{rate:.0f}{ratios[1]}", f"{cpu:.2f}{ratios[2]}")
        before = medians[way]
    return table


def _pairs(one: list[float], other: list[float] | None) -> Iterator[tuple[float, float]]:
    return zip(one, other or one, strict=True)


def _cost(bench: Bench, url: str) -> tuple[float, float, float]:
    """The median answer in ms to one client; requests a second, and CPU time of all servers in ms of one, from 32."""
    pids = (bench.reference.pid, bench.front.pid)
    alone = bench.load(url, clients=1, seconds=ALONE_SECONDS)
    before = sum(map(cpu_seconds, pids))
    load = bench.load(url)
    return alone.p50_ms, load.rate, (sum(map(cpu_seconds, pids)) - before) * 1000 / load.answered


def shadows(bench: Bench) -> Table:
    """p99 with a dead and with a silent shadow against p99 without.

    At two fronts at the same time: what disturbs the machine disturbs both. The first row has no shadow at either: it
    says how far apart two equal fronts are in this run.
    """
    columns = ("shadow", "p99 without, ms", "p99 with, ms", "with to without", "failed or lost")
    table = Table(*columns, title=f"A shadow that does not answer: {CLIENTS} clients at each of two fronts")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        silent = stack.enter_context(misbehaving.silent())
        plain = stack.enter_context(Front(folder, bench.reference.url))
        dead = misbehaving.dead()
        for name, shadow, route in (("none", dead, ONE), ("dead", dead, SHADOW), ("silent", silent, SHADOW)):
            bench.front.use(shadow, route)
            table.add_row(name, *_beside(bench, plain))
    return table


def _beside(bench: Bench, plain: Front) -> tuple[str, str, str, str]:
    without, shadowed = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            for loads, load in zip((without, shadowed), pool.map(bench.routed, (plain, bench.front)), strict=True):
                loads.append(load)
    p99s = [[load.p99_ms for load in loads] for loads in (without, shadowed)]
    ratio = statistics.median(one / other for other, one in zip(*p99s, strict=True))
    return *(f"{statistics.median(found):.1f}" for found in p99s), f"{ratio:.2f}", str(sum(map(_lost, shadowed)))


def losses(bench: Bench) -> Table:
    """Requests that users lost, over a canary that fails and over policies that change."""
    columns = ("", "requests", "failed at the canary", "failed or lost for users", "in the end")
    table = Table(*columns, title=f"{CLIENTS} clients meanwhile")
    with misbehaving.broken() as broken:
        bench.front.use(broken, CANARY)
        table.add_row("a canary that answers 500", *_canary(bench, lambda _: None))
    with reference() as second:
        bench.front.use(second.url, CANARY)
        table.add_row("a canary that dies once it has all", *_canary(bench, lambda load: _kill(bench, second, load)))
    table.add_row("the policy changes", *_reload(bench))
    return table


def _canary(bench: Bench, meanwhile: Callable[[Future], None]) -> tuple[str, str, str, str]:
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(bench.load, bench.front.url + ROUTED, CLIENTS, LOSS_SECONDS)
        meanwhile(load)
        done = load.result()
    failed = bench.front.state()["models"]["clothes"]["versions"]["2"]["failed"]
    return f"{done.requests:,}", str(failed), str(_lost(done)), bench.front.canary()["state"]


def _kill(bench: Bench, second: Server, load: Future) -> None:
    """End the canary's server once it gets everything, or has had too little time for that."""
    bench.front.wait_until(lambda: load.done() or bench.front.canary()["state"] == "arrived", "canary that has all")
    second.stop()


def _reload(bench: Bench) -> tuple[str, str, str, str]:
    """The policy changes again and again, for as long as the load lasts."""
    ended, changes = threading.Event(), 0
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(bench.load, bench.front.url + ROUTED, CLIENTS, LOSS_SECONDS)
        load.add_done_callback(lambda _: ended.set())
        while not ended.is_set():
            bench.front.use(bench.reference.url, (ONE, SPLIT, TWO)[changes % 3])
            changes += 1
        done = load.result()
    return f"{done.requests:,}", "0", str(_lost(done)), f"{changes} policies taken"


def _lost(load: Load) -> int:
    return load.refused + load.socket_errors
