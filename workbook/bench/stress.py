"""What the reference server withstands: silent connections, and the largest bodies that are made to cost much.

Run as ``python -m workbook.bench.stress``. Each line is one run against its own server, on this machine.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import requests
from rich.console import Console
from rich.table import Table

from server.model_card import PINNED_MODELS
from server.routes import MAX_BODY_BYTES
from workbook.bench.question import trousers
from workbook.bench.servers import FOLDER, WORKERS
from workbook.bench.usage import memory
from workbook.servers.process import Server

CLOTHES = "/models/clothes/v1"
SILENT = (0, 300, 1200, 2400)
AT_ONCE = 32
QUESTIONS = 50
NESTED = b'{"images":[' + b",".join([b"[[[[[1]]]]]"] * (MAX_BODY_BYTES // 12 - 2)) + b"]}"
BODIES = {
    "lists in lists": NESTED,
    "objects": b'{"images":[' + b",".join([b'{"a":1}'] * (MAX_BODY_BYTES // 8 - 3)) + b"]}",
    "one text": b'{"image":"' + b"a" * (MAX_BODY_BYTES - 16) + b'"}',
    "numbers": b'{"image":[' + b",".join([b"1"] * (MAX_BODY_BYTES // 2 - 16)) + b"]}",
}


def main() -> None:
    """Measure, and print two tables."""
    console = Console()
    table = Table("silent connections", "slowest answer to the others, ms", title="Connections that say nothing")
    for count in SILENT:
        table.add_row(f"{count:,}", f"{slowest_beside(count) * 1000:.0f}")
    console.print(table)
    names = (
        "body of 16 MB",
        f"seconds for {AT_ONCE} at once",
        "memory before, MB",
        "at most, MB",
        "slowest /healthz, ms",
    )
    table = Table(*names, title="The largest bodies")
    for name, body in BODIES.items():
        table.add_row(name, *(f"{figure:,.1f}" for figure in cost_of(body)))
    console.print(table)


@contextmanager
def reference() -> Iterator[Server]:
    environment = {"MODELS": str(PINNED_MODELS), "WORKERS": str(WORKERS)}
    with Server(str(FOLDER / "reference.py"), ready="/readyz", environment=environment) as server:
        yield server


def slowest_beside(silent: int) -> float:
    """The longest of ``QUESTIONS`` answers, in seconds, while as many connections are open and say nothing."""
    with reference() as server, ExitStack() as connections:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        for _ in range(silent):
            connections.enter_context(socket.create_connection(address))
        return max(_seconds(lambda: _classify(server.url)) for _ in range(QUESTIONS))


def cost_of(body: bytes) -> tuple[float, float, float, float]:
    """For ``AT_ONCE`` such bodies: seconds until all are answered, memory before and at most, slowest probe in ms."""
    with reference() as server, ThreadPoolExecutor(AT_ONCE) as pool:
        _classify(server.url)
        before = memory(server.pid).rss
        seen, done = [before], threading.Event()
        watch = threading.Thread(target=_watch, args=(server.pid, seen, done))
        watch.start()
        started = time.perf_counter()
        sent = [pool.submit(_send, server.url, body) for _ in range(AT_ONCE)]
        probes = []
        while not all(future.done() for future in sent):
            probes.append(_seconds(lambda: requests.get(f"{server.url}/healthz", timeout=300)))
        taken = time.perf_counter() - started
        done.set()
        watch.join()
    return taken, before, max(seen), max(probes) * 1000


def _watch(pid: int, seen: list[float], done: threading.Event) -> None:
    while not done.wait(0.02):
        seen.append(memory(pid).rss)


def _send(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(url + CLOTHES, data=body, headers=headers, timeout=300)
    if answer.status_code not in (400, 413, 503):
        raise RuntimeError(f"{url} answered {answer.status_code} to what cannot be used")


def _classify(url: str) -> None:
    requests.post(url + CLOTHES, json={"image": trousers()}, timeout=300).raise_for_status()


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
