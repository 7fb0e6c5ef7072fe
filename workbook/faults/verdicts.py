"""How many of the faults a suite of tests finds: a plausible naive one, and that of ``pipeline.acceptance``.

python -m workbook.faults compare
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import requests

from pipeline.acceptance import MODEL, NEWEST, accept
from workbook.faults.catalog import FAULTS
from workbook.faults.samples import draw
from workbook.faults.serving import NAMES, app_of, running

SEED = 9
TIMEOUT_SECONDS = 30
EASY = "Trouser"  # of all classes the one that is mistaken least


def naive(url: str, images: np.ndarray, labels: list[str]) -> str:
    """What many write: the server lives, a picture gets its label, nonsense is no 200. Empty, or a complaint."""
    with requests.Session() as session:
        session.trust_env = False
        route = f"{url}{MODEL}/v{NEWEST}"
        if not session.get(f"{url}/healthz", timeout=TIMEOUT_SECONDS).ok:
            return "it is not healthy"
        picture = images[labels.index(EASY)].tolist()
        answer = session.post(route, json={"image": picture}, timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200 or answer.json()["labels"] != [EASY]:
            return "the picture has another label"
        answer = session.post(route, json={"image": "nonsense"}, timeout=TIMEOUT_SECONDS)
        return "nonsense is taken" if answer.status_code == 200 else ""


def compared() -> Iterator[tuple[str, object, dict[str, str]]]:
    """For each server its name, what the naive suite complains of, and what the acceptance tests do."""
    images, labels = draw(np.random.default_rng(SEED))
    for name in NAMES:
        complaints = []
        for suite in (naive, accept):
            with running(app_of(name)) as url:
                complaints.append(suite(url, images, labels))
        yield name, *complaints


def show() -> None:
    """Print a line for each server as it is done, and how many of the faults each suite has found."""
    faults = {fault.name for fault in FAULTS}
    found = {"naive": 0, "acceptance": 0}
    for name, by_naive, by_tests in compared():
        found["naive"] += bool(by_naive) and name in faults
        found["acceptance"] += bool(by_tests) and name in faults
        first, second = ("rejected" if complaint else "passed" for complaint in (by_naive, by_tests))
        print(f"{name:18}{first:10}{second:10}{', '.join(by_tests)}", flush=True)
    for suite, count in found.items():
        print(f"{suite}: {count} of {len(faults)} faults found")
