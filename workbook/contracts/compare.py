"""The reference beside KServe's own server and MLServer, with the same model file and the same requests.

``python -m workbook.contracts.compare`` makes an environment of some 300 MB for each of the two, once. It prints
whether their answers are the reference's, and what each of the three does not keep of the protocol. Exit status 1 if
an answer differs.
"""

from __future__ import annotations

import sys

import numpy as np
import requests

from server.model_card import PINNED_MODELS
from workbook.bench.measure import running
from workbook.bench.peers import PEERS, Peer
from workbook.bench.question import trousers
from workbook.bench.servers import CONTESTANTS, REFERENCE, Contestant
from workbook.contracts.catalog import CONTRACTS
from workbook.contracts.checks import State, examine
from workbook.contracts.subject import Subject

VERSION = "/v2/models/clothes/versions/1/infer"  # of the reference, which also has a newer one
NEWEST = "/v2/models/clothes/infer"  # of the others, which have one
CLOSE = 1e-6  # scores come from the same interpreter, and are written in decimals
KSERVE = Peer("KServe, V2", "peer_kserve_v2.py", path=NEWEST, ready="/v2/health/ready", workers=1)
OTHERS: tuple[Contestant, ...] = (KSERVE, *(peer for peer in PEERS if peer.name == "MLServer"))


def requests_of_v2() -> dict[str, dict]:
    """What all are asked: pixels nested and flat, one picture and three, with an id and without."""
    one = np.array(trousers(), np.uint8)
    three = np.stack([one, one.T, 255 - one])
    return {
        "one, nested": _body(one[None].tolist(), 1),
        "three, flat, id": {**_body(three.ravel().tolist(), 3), "id": "7"},
    }


def _body(data: list, count: int) -> dict:
    return {"inputs": [{"name": "image", "shape": [count, 28, 28], "datatype": "UINT8", "data": data}]}


def scores_in(url: str, body: dict) -> np.ndarray:
    """The scores (n, 10) that a server answers. Raises ``requests.RequestException``."""
    answer = requests.post(url, json=body, timeout=60)
    answer.raise_for_status()
    (scores,) = (output for output in answer.json()["outputs"] if output["name"] == "scores")
    return np.array(scores["data"], np.float32).reshape(scores["shape"])


def compare(reference: str, other: str) -> list[str]:
    """A line for each request to which the two answer alike, or not."""
    lines = []
    for name, body in requests_of_v2().items():
        ours, theirs = scores_in(reference + VERSION, body), scores_in(other + NEWEST, body)
        far = np.abs(ours - theirs).max() if ours.shape == theirs.shape else np.inf
        lines.append(f"{'alike' if far <= CLOSE else 'DIFFERENT'}  {name}: {far:.1e} apart, {len(theirs)} answers")
    return lines


def not_kept(url: str) -> list[str]:
    findings = examine(CONTRACTS["v2"], Subject(url))
    return [f"not kept: {one.check.name}: {one.seen}" for one in findings if one.state is State.NOT_KEPT]


def main() -> int:
    (ours,) = (contestant for contestant in CONTESTANTS if contestant.name == REFERENCE)
    different = False
    with running(ours, PINNED_MODELS) as reference:
        print("\n  ".join([REFERENCE, *not_kept(reference.url)]), flush=True)
        for contestant in OTHERS:
            contestant.prepare()
            with running(contestant, PINNED_MODELS) as other:
                lines = compare(reference.url, other.url)
                different = different or any(line.startswith("DIFFERENT") for line in lines)
                print("\n  ".join([contestant.name, *lines, *not_kept(other.url)]), flush=True)
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
