"""What can be seen of a server from outside: the facts that speak for one cause of an incident, and against others."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import requests

MODEL = "/models/clothes"
NOT_THERE = 9  # a version
AT_ONCE, IN_A_ROW = 16, 60
LONG_SECONDS, AGAIN = 0.8, 3  # so many requests that take so long: what more would show, these show
ALBUM = 8  # pictures of different classes
TRIES = 4  # of a request that is answered with 500
SURE = 0.99
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Facts:
    """Shares are from 0 to 1, differences are between scores, times are in seconds.

    ``right`` of all labels, ``right_of`` each class, ``right_on_side`` if rows and columns are exchanged, ``sure``:
    answers above 0.99. ``lowest`` and ``highest`` score, ``total`` of a row, ``agree``: labels that are the class of
    the highest score. ``together``: rows of a batch against the pictures alone; ``reverse``: against them in the
    reverse order; ``spread``: against the first row of the batch; ``again``: alone against alone, later.
    ``status`` of each bad request, ``taken``: whether it got a label, ``page``: whether an error was HTML.
    ``alone`` and ``at_once``: seconds of one request, and of 16; ``crossed``: scores at once against alone; ``failed``:
    share of requests with 500; ``last``: seconds of the quickest of the last three of many.
    """

    right: float
    right_of: dict[str, float]
    right_on_side: float
    sure: float
    lowest: float
    highest: float
    total: float
    agree: float
    together: float
    reverse: float
    spread: float
    again: float
    status: dict[str, int]
    taken: dict[str, bool]
    page: bool
    versions: list[int]
    default: int
    card: int
    between_versions: float
    not_there: int
    not_there_taken: bool
    alone: float
    at_once: float
    crossed: float
    last: float
    failed: float


@dataclass
class Observer:
    """Asks the server at ``url``, and counts what was answered with 500."""

    url: str
    asked: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)

    def post(self, body: object, version: int = 2) -> requests.Response:
        data = body if isinstance(body, str) else json.dumps(body)
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Content-Type": "application/json"}
            return session.post(f"{self.url}{MODEL}/v{version}", data, headers=headers, timeout=TIMEOUT_SECONDS)

    def get(self, path: str) -> dict:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.url + path, timeout=TIMEOUT_SECONDS).json()

    def classify(self, images: np.ndarray, version: int = 2) -> tuple[list[str], np.ndarray]:
        """Labels and scores; a request that fails is sent again. Raises ``RuntimeError`` if all tries fail."""
        for _ in range(TRIES):
            started = time.perf_counter()
            answer = self.post({"images": images.tolist()}, version)
            self.asked += 1
            if answer.status_code == 200:
                self.seconds.append(time.perf_counter() - started)
                return answer.json()["labels"], np.array(answer.json()["result"], dtype=float)
            self.failed += 1
        raise RuntimeError(f"{TRIES} tries failed: {answer.text[:200]}")


def examine(url: str, images: np.ndarray, labels: list[str]) -> Facts:
    """Look at the server at ``url`` with labeled pictures, mixed, of all classes: uint8 (n, 28, 28), n at least 16."""
    observer = Observer(url)
    names, scores = observer.classify(images)
    found = {
        **_of_labels(observer, images, np.array(labels), np.array(names), scores),
        **_of_scores(observer, names, scores),
        **_of_batches(observer, images[:ALBUM]),
        **_of_refusals(observer, images[0].tolist()),
        **_of_versions(observer, images[:ALBUM]),
        **_of_load(observer, [images[index : index + 1] for index in range(AT_ONCE)]),
    }
    return Facts(**found, failed=observer.failed / observer.asked)


def _of_labels(
    observer: Observer, images: np.ndarray, labels: np.ndarray, names: np.ndarray, scores: np.ndarray
) -> dict:
    on_side, _ = observer.classify(images.transpose(0, 2, 1))
    right = names == labels
    return {
        "right": right.mean(),
        "right_of": {name: right[labels == name].mean() for name in sorted(set(labels.tolist()))},
        "right_on_side": (np.array(on_side) == labels).mean(),
        "sure": (scores.max(axis=1) > SURE).mean(),
    }


def _of_scores(observer: Observer, names: list[str], scores: np.ndarray) -> dict:
    classes = observer.get(f"{MODEL}/v2")["classes"]
    best = [classes[index] for index in scores.argmax(axis=1)]
    agree = np.mean([name == other for name, other in zip(names, best, strict=True)])
    return {"lowest": scores.min(), "highest": scores.max(), "total": scores[0].sum(), "agree": agree}


def _of_batches(observer: Observer, images: np.ndarray) -> dict:
    def alone() -> np.ndarray:
        return np.concatenate([observer.classify(images[index : index + 1])[1] for index in range(len(images))])

    first, batch = alone(), observer.classify(images)[1]
    again = np.concatenate([observer.classify(images[[0]])[1] for _ in range(2)])
    return {
        "together": np.abs(batch - first).max(),
        "reverse": np.abs(batch - first[::-1]).max(),
        "spread": np.abs(batch - batch[0]).max(),
        "again": max(np.abs(again - first[0]).max(), np.abs(again[0] - again[1]).max()),
    }


def _of_refusals(observer: Observer, rows: list) -> dict:
    bodies = {
        "no JSON": '{"image": ',
        "NaN": {"image": [[float("nan"), *rows[0][1:]], *rows[1:]]},
        "scaled": {"image": (np.array(rows) / 255).tolist()},
        "256": {"image": [[256, *rows[0][1:]], *rows[1:]]},
        "27 rows": {"image": rows[1:]},
    }
    answers = {name: observer.post(body) for name, body in bodies.items()}
    return {
        "status": {name: answer.status_code for name, answer in answers.items()},
        "taken": {name: _has_label(answer) for name, answer in answers.items()},
        "page": any(answer.text.lstrip().startswith("<") for answer in answers.values()),
    }


def _has_label(answer: requests.Response) -> bool:
    return answer.status_code == 200 and '"labels"' in answer.text


def _of_versions(observer: Observer, images: np.ndarray) -> dict:
    known = observer.get(MODEL)
    difference = observer.classify(images, 1)[1] - observer.classify(images, 2)[1]
    not_there = observer.post({"images": images.tolist()}, NOT_THERE)
    return {
        "versions": known["versions"],
        "default": known["default"],
        "card": observer.get(f"{MODEL}/v2")["version"],
        "between_versions": np.abs(difference).max(),
        "not_there": not_there.status_code,
        "not_there_taken": _has_label(not_there),
    }


def _of_load(observer: Observer, singles: list[np.ndarray]) -> dict:
    """The time of many at once first: what grows with each request has not grown by then.

    What is slow once may be this machine's fault, so it is asked again.
    """
    alone = np.concatenate([observer.classify(single)[1] for single in singles])
    usual = float(np.median(observer.seconds[-AT_ONCE:]))
    took, crowd = min((_at_once(observer, singles) for _ in range(2)), key=lambda one: one[0])
    for number in range(IN_A_ROW):
        observer.classify(singles[number % AT_ONCE])
        if min(observer.seconds[-AGAIN:]) > LONG_SECONDS:
            break
    last = min(observer.seconds[-AGAIN:])
    return {"alone": usual, "at_once": took, "crossed": np.abs(crowd - alone).max(), "last": last}


def _at_once(observer: Observer, singles: list[np.ndarray]) -> tuple[float, np.ndarray]:
    """The seconds that all take together, and their scores."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = time.perf_counter()
        scores = np.concatenate(list(pool.map(lambda single: observer.classify(single)[1], singles)))
        return time.perf_counter() - started, scores
