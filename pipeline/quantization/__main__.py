"""``python -m pipeline.quantization FILE CALLS``: what one LiteRT file costs in this process, as JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import psutil

from pipeline.quantization.device import Measured
from pipeline.quantization.lite_model import LiteModel

SIZES = (28, 28)
TURNS = 5  # the calls are counted in five parts, and the quickest part is told: the others were disturbed


def cost(content: bytes, calls: int) -> Measured:
    picture = np.random.default_rng(0).integers(0, 256, (1, *SIZES), dtype=np.uint8)
    before = _megabytes()
    model = LiteModel(content)
    model.call(picture)
    part = max(1, calls // TURNS)
    spent = min(_seconds(model, picture, part) for _ in range(TURNS)) / part
    return Measured(round(spent * 1e6, 1), round(_megabytes() - before, 1), round(_megabytes(), 1))


def _seconds(model: LiteModel, picture: np.ndarray, calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        model.call(picture)
    return time.process_time() - began


def _megabytes() -> float:
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].isdecimal() or not Path(sys.argv[1]).is_file():
        print("type: python -m pipeline.quantization FILE.tflite CALLS", file=sys.stderr)
        raise SystemExit(2)
    print(json.dumps(asdict(cost(Path(sys.argv[1]).read_bytes(), int(sys.argv[2])))))
