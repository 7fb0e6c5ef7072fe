"""Ways of calling one model without a network: on one image, and on a thousand in one request."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
from rich.console import Console
from rich.progress import track
from rich.table import Table

from server.engines import KerasEngine, LiteRTEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.preprocessing import to_model_input
from server.quiet import import_tensorflow

ROUNDS = 30
CALLS_A_ROUND = 3
BATCH = 1000
BATCH_ROUNDS = 11


def compare_calls(console: Console) -> None:
    """Time each way in alternation, and print the medians and their ratios to the first."""
    import_tensorflow()
    import keras

    folder = PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER
    card = ModelCard.read(folder / CARD_FILE)
    model = keras.models.load_model(folder / "clothes.keras", compile=False)
    compiled = KerasEngine(folder / "clothes.keras", card)
    litert = LiteRTEngine(folder / "clothes.tflite", card)
    pixels = np.zeros((1, 28, 28), np.uint8)
    batch = to_model_input(pixels)
    ways: dict[str, Callable[[], object]] = {
        "model.predict(batch)": lambda: model.predict(batch, verbose=0),
        "model(batch)": lambda: model(batch, training=False).numpy(),
        "compiled function": lambda: compiled.predict(pixels),
        "LiteRT (the server's)": lambda: litert.predict(pixels),
    }
    medians = _medians(ways)
    slowest = medians["model.predict(batch)"]
    table = Table("One image, in-process", "ms", "times as fast", title="Ways of calling LeNet-5")
    for way, seconds in medians.items():
        table.add_row(way, f"{seconds * 1000:.3f}", f"{slowest / seconds:.1f}")
    console.print(table)


def _medians(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in track(range(ROUNDS), "Timing", transient=True):
        for name, call in ways.items():
            call()  # so that nothing is in the caches from the way before
            started = time.perf_counter()
            for _ in range(CALLS_A_ROUND):
                call()
            times[name].append((time.perf_counter() - started) / CALLS_A_ROUND)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def batch_rate(models: Path) -> float:
    """Images per second inside the reference's handler, for one request of 1,000 images to the clothes model in
    ``models``.

    From the body's bytes to the answer's: parsing, checking, classifying, encoding, logging; not the network.
    """
    from server.production.app import production_app

    rng = np.random.default_rng(0)
    body = orjson.dumps({"images": rng.integers(0, 256, (BATCH, 28, 28)).tolist()})
    seconds = []
    with Path(os.devnull).open("wb") as log:
        client = production_app(models, log).test_client()
        for _ in range(BATCH_ROUNDS):
            started = time.perf_counter()
            response = client.post("/models/clothes/v1", data=body, content_type="application/json")
            seconds.append(time.perf_counter() - started)
            if len(response.get_json()["result"]) != BATCH:
                raise RuntimeError(f"the reference answered {response.status}: {response.text[:200]}")
    return BATCH / statistics.median(seconds)
