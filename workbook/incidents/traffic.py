"""The customers of a server: what they send, and a line in their own log for what came back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np
import requests

from workbook.faults.samples import labeled_test_set

MODEL = "/models/clothes"
ALBUM, RUSH = 6, 16  # pictures
TIMEOUT_SECONDS = 30
# Of each customer: the seconds between two visits.
EVERY_SECONDS = {"shop": 0.25, "album": 2.0, "camera": 2.0, "sensor": 6.0, "pinned": 1.5, "twice": 3.0, "rush": 8.0}


class Customers:
    """Each of them sends pictures of the test set to ``url`` again and again; ``log`` gets a JSON object a line.

    ``shop`` sends one picture to version 2, ``pinned`` to version 1; ``album`` sends six in one request; ``twice`` the
    same before and after another; ``rush`` 16 at the same moment. ``camera`` sends pixels of 0 to 1, and ``sensor`` a
    NaN, which a server should refuse.
    """

    def __init__(self, url: str, log: TextIO) -> None:
        self._url = url
        self._log = log
        self._lock = threading.Lock()
        self._images, self._labels = labeled_test_set()
        self._random = np.random.default_rng()
        self._crowd = ThreadPoolExecutor(RUSH)

    def visit(self, name: str) -> None:
        """One visit of the customer of this name."""
        rows = self._drawn(RUSH)
        visits: dict[str, Callable[[], object]] = {
            "shop": lambda: self._send(name, rows[:1]),
            "pinned": lambda: self._send(name, rows[:1], version=1),
            "album": lambda: self._send(name, rows[:ALBUM]),
            "twice": lambda: [self._send(name, rows[[index]]) for index in (0, 1, 0)],
            "rush": lambda: list(self._crowd.map(lambda row: self._send(name, np.array([row])), rows)),
            "camera": lambda: self._send(name, rows[:1], change=lambda image: image / 255),
            "sensor": lambda: self._send(name, rows[:1], change=_with_nan),
        }
        visits[name]()

    def _drawn(self, count: int) -> np.ndarray:
        with self._lock:  # NumPy's generators are not for several threads
            return self._random.integers(0, len(self._images), count)

    def _send(self, name: str, rows: np.ndarray, version: int = 2, change: Callable | None = None) -> None:
        images = self._images[rows] if change is None else change(self._images[rows])
        line = {
            "time": f"{datetime.now(UTC):%H:%M:%S}",
            "customer": name,
            "asked": f"{MODEL}/v{version}",
            "pixels": f"{np.nanmin(images):g} to {np.nanmax(images):g}{', and NaN' if np.isnan(images).any() else ''}",
            "shown": self._labels[rows].tolist(),
        }
        started = time.perf_counter()
        try:
            body = json.dumps({"images": images.tolist()})
            headers = {"Content-Type": "application/json"}
            answer = requests.post(self._url + line["asked"], body, headers=headers, timeout=TIMEOUT_SECONDS)
            line |= {"status": answer.status_code, **_told(answer)}
        except requests.RequestException as error:
            line["error"] = type(error).__name__
        line["ms"] = round((time.perf_counter() - started) * 1000)
        with self._lock:
            print(json.dumps(line), file=self._log, flush=True)


def _with_nan(images: np.ndarray) -> np.ndarray:
    damaged = images.astype(float)
    damaged[:, 14, 14] = np.nan
    return damaged


def _told(answer: requests.Response) -> dict:
    """What the customer keeps of an answer."""
    try:
        content = answer.json()
    except ValueError:
        return {"answer": answer.text[:100]}
    kept = {key: content[key] for key in ("labels", "error") if key in content}
    if "result" in content:
        kept["scores"] = [round(max(row), 3) for row in content["result"]]
    return {**kept, "request": answer.headers.get("X-Request-Id", "")}


@contextmanager
def visited(url: str, path: Path) -> Iterator[None]:
    """All customers come to ``url`` for as long as the block runs; their log is at ``path``."""
    gone = threading.Event()
    with path.open("w", encoding="utf-8") as log:
        customers = Customers(url, log)

        def keep_coming(name: str) -> None:
            while not gone.wait(EVERY_SECONDS[name]):
                customers.visit(name)

        threads = [threading.Thread(target=keep_coming, args=(name,)) for name in EVERY_SECONDS]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            gone.set()
            for thread in threads:
                thread.join()
