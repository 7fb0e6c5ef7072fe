"""The stand-in for TensorFlow Serving under load, compared with plain calls of its model: ``workbook
bench-model-server``.

Each client sends its next request when it has the answer to the last. Clients and server share the machine, as they do
on a laptop; what counts is the ratio between two numbers of one run.
"""

from __future__ import annotations

import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from server.model_card import EXTRA_FOLDER, PINNED_MODELS
from server.quiet import import_tensorflow
from workbook.servers.model_server import ModelServer

MODEL = "clothes"
CLIENTS = (1, 8, 32)
ROUNDS = 3
SECONDS = 3.0
WARM_UP_SECONDS = 1.0
BATCHING = {"off": (), "on": ("--enable_batching",)}
INPUT = "image"

Ask = Callable[[], object]


def measure_model_server(console: Console) -> None:
    """Measure REST and gRPC predict, batching off and on, in alternation, and print medians and ratios."""
    import_tensorflow()
    images = np.zeros((1, 28, 28, 1), np.float32)
    with tempfile.TemporaryDirectory(prefix="workbook-bench-") as folder, ExitStack() as stack:
        base = Path(folder) / MODEL
        calls = _exported(base / "1", images)
        ways = {}
        for batching, flags in BATCHING.items():
            model = (f"--model_name={MODEL}", f"--model_base_path={base}")
            server = stack.enter_context(ModelServer(base.parent, *model, *flags))
            ways["REST", batching] = partial(_rest, server.url.removeprefix("http://"), images)
            ways["gRPC", batching] = partial(_grpc, server.address, images)
        for connect in ways.values():
            _rate(connect, max(CLIENTS), WARM_UP_SECONDS)
        rates = _measure(ways, calls)
    _show(rates, console)


def _exported(folder: Path, images: np.ndarray) -> Ask:
    """Export the pinned model as a SavedModel; a plain call of it, compiled."""
    import keras
    import tensorflow as tf

    model = keras.models.load_model(PINNED_MODELS / MODEL / "1" / EXTRA_FOLDER / f"{MODEL}.keras", compile=False)
    signature = [tf.TensorSpec([None, *images.shape[1:]], tf.float32, name=INPUT)]
    model.export(folder, format="tf_saved_model", verbose=False, input_signature=signature)
    compiled = tf.function(lambda batch: model(batch, training=False), signature)
    return lambda: compiled(images).numpy()


def _rest(address: str, images: np.ndarray) -> Ask:
    """A client that uses as little time as it can, because it takes that from the server."""
    host, _, port = address.partition(":")
    connection = socket.create_connection((host, int(port)))
    answers = connection.makefile("rb")
    body = json.dumps({"instances": images.astype(int).tolist()}, separators=(",", ":"))
    head = f"POST /v1/models/{MODEL}:predict HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(body)}\r\n\r\n"
    request = (head + body).encode()

    def ask() -> None:
        connection.sendall(request)
        status, length = answers.readline(), 0
        while (line := answers.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        answer = answers.read(length)
        if b" 200 " not in status:
            raise RuntimeError(f"{status} {answer}")

    return ask


def _grpc(address: str, images: np.ndarray) -> Ask:
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    # Without this, all clients of a process would share one connection.
    channel = grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])
    request = PredictRequest()
    request.model_spec.name = MODEL
    request.inputs[INPUT].CopyFrom(tf.make_tensor_proto(images))
    call = PredictionServiceStub(channel).Predict
    return lambda: call(request)


def _measure(ways: dict, calls: Ask) -> dict:
    """Medians over the rounds, in requests per second, by way and clients; ``None`` is the plain call."""
    rates: dict = {None: [], **{(*way, clients): [] for way in ways for clients in CLIENTS}}
    for _ in track(range(ROUNDS), "Measuring", transient=True):
        rates[None].append(_rate(lambda: calls, 1, SECONDS))
        for clients in CLIENTS:
            for way, connect in ways.items():
                rates[*way, clients].append(_rate(connect, clients, SECONDS))
    return {key: statistics.median(found) for key, found in rates.items()}


def _rate(connect: Callable[[], Ask], clients: int, seconds: float) -> float:
    """Answers per second for this number of clients. Raises what a client raised."""
    answered, errors = [0] * clients, []
    deadline = time.perf_counter() + seconds

    def ask_on(client: int) -> None:
        try:
            ask = connect()
            while time.perf_counter() < deadline:
                ask()
                answered[client] += 1
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask_on, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(answered) / (time.perf_counter() - started)


def _show(rates: dict, console: Console) -> None:
    call = rates.pop(None)
    table = Table("", "batching", *(f"{clients} clients" for clients in CLIENTS))
    table.title = (
        f"Predict, one image: req/s, and in parentheses the ratio to plain calls of a tf.function ({call:.0f} a second)"
    )
    for way, batching in dict.fromkeys(key[:2] for key in rates):
        cells = [rates[way, batching, clients] for clients in CLIENTS]
        table.add_row(way, batching, *(f"{rate:.0f} ({rate / call:.2f})" for rate in cells))
    console.print(table)
