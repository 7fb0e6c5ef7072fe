"""The turns of lesson 07."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import shlex
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from workbook.lessons.turn import NotYet, Turn, expect

REPOSITORY = "work/models"
VERSION = 12
DATA = {"-d", "--data", "--data-binary", "--data-ascii", "--json"}
ROUTE = "/v1/models/clothes/versions/1:predict"


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """In an empty folder, and without the messages of Keras and TensorFlow."""
    log = logging.getLogger("tensorflow")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            yield
    finally:
        log.setLevel(level)


def _check_export(export_version: Callable, model) -> None:
    with _elsewhere():
        Path(REPOSITORY, "tiny").mkdir(parents=True)
        export_version(model, VERSION)
        written = sorted(path.as_posix() for path in Path().rglob("*") if path.is_file())
        folders = [Path(name).parent.as_posix() for name in written if name.endswith("/saved_model.pb")]
        expect(
            bool(folders), f"a server needs a saved_model.pb; what you wrote is {', '.join(written[:3]) or 'nothing'}"
        )
        wanted = f"{REPOSITORY}/tiny/{VERSION}"
        expect(
            folders == [wanted], f"version {VERSION} is in {folders[0]}; a server for `tiny` looks for it in {wanted}"
        )
        _ask_as_a_server(wanted)


def _ask_as_a_server(folder: str) -> None:
    """Load it the way TensorFlow Serving does, and call it. Raises ``NotYet`` if there is no answer."""
    import tensorflow as tf

    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        signature = tf.compat.v1.saved_model.load(session, ["serve"], folder).signature_def["serving_default"]
        (sent,), (asked,) = signature.inputs.values(), signature.outputs.values()
        try:
            session.run(asked.name, {sent.name: np.zeros((1, 28, 28, 1), np.float32)})
        except tf.errors.FailedPreconditionError as error:
            said = re.search(r"Could not find[^.]*|$", error.message)[0]
            raise NotYet(f"the folder is right, but a server that loads it answers 400: {said}") from error


def _check_signature(export_with_scaling: Callable) -> None:
    import keras
    import tensorflow as tf

    network = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    pixels = np.random.default_rng(7).integers(0, 200, (3, 28, 28), np.uint8)
    with _elsewhere():
        try:
            export_with_scaling(network, "version")
        except (AttributeError, NotImplementedError) as error:
            raise NotYet(
                "in a graph there are no NumPy arrays, only TensorFlow's tensors: scale with tf.cast and /"
            ) from error
        signature = tf.saved_model.load("version").signatures["serving_default"]
    kind = signature.structured_input_signature[1]["pixels"].dtype
    expect(
        kind == tf.uint8, f"the signature takes {kind.name}; take the type that refuses pixels that are already scaled"
    )
    got = signature(pixels=tf.constant(pixels))["scores"].numpy()
    expect(got.shape == (3, 10), f"three pictures have scores of shape {got.shape}; expected (3, 10)")
    by_maximum = network(pixels[..., np.newaxis] / np.float32(pixels.max())).numpy()
    expect(
        not np.allclose(got, by_maximum, atol=1e-5),
        "pixels are divided by the largest that came; training divided by 255, whatever came",
    )
    wanted = network(pixels[..., np.newaxis] / np.float32(255)).numpy()
    far = float(np.abs(got - wanted).max())
    expect(far < 1e-5, f"scores differ by up to {far:.3f} from those for pixels divided by 255")


def _check_curl(command: str) -> None:
    words = [word for word in shlex.split(command.replace("\\\n", " ")) if word.strip()]
    expect(words[:1] == ["curl"], f"expected a command that begins with curl; it begins with {words[:1]}")
    sent, rest = _data_in(words[1:])
    expect(bool(sent), "nothing is sent: curl needs -d, or it makes a GET request")
    expect(
        sent == ["@labels.json"],
        f"the body would be the text {sent[0]!r}; with an @ before its name, curl sends what is in a file",
    )
    expect(not {"-G", "--get", "GET", "-XGET"} & {*rest}, "that makes it a GET request; :predict takes POST")
    addresses = [word for word in rest if "/" in word and ":" in word and word != "application/json"]
    addresses = [word for word in addresses if not word.lower().startswith("content-type")]
    expect(len(addresses) == 1, f"expected one address; there are {len(addresses)}")
    address = addresses[0] if "://" in addresses[0] else f"http://{addresses[0]}"
    parts = urlsplit(address)
    expect(parts.scheme == "http", f"{parts.scheme}://; the server speaks http")
    expect(parts.hostname in ("localhost", "127.0.0.1"), f"this machine is localhost, not {parts.hostname}")
    port = parts.netloc.rpartition(":")[2]
    expect(port == "8501", f"port {port}; REST is on 8501, and 8500 speaks gRPC")
    expect(parts.path.endswith(":predict"), f"{parts.path} does not say what to do: add :predict")
    expect(parts.path == ROUTE, f"{parts.path} is not the route of version 1 of clothes: {_route_slip(parts.path)}")


def _data_in(words: list[str]) -> tuple[list[str], list[str]]:
    """What a curl line sends, and its other words."""
    sent, rest = [], []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if word in DATA:
            sent.append(next(left, ""))
        elif name in DATA and equals:
            sent.append(value)
        elif word.startswith("-d") and len(word) > 2:
            sent.append(word[2:])
        else:
            rest.append(word)
    return sent, rest


def _route_slip(path: str) -> str:
    if "/versions/" not in path:
        return "without /versions/1 it goes to whichever is the newest"
    return "expected /v1/models/NAME/versions/NUMBER:predict"


TURNS: tuple[Turn, ...] = (
    Turn(
        name="07 export",
        check=_check_export,
        idea="A server finds it as tiny/12, loads it, and can answer. This is all that your own project needs.",
        answer=('model.export(f"work/models/tiny/{version}", verbose=False)',),
        wrong=(
            ('model.export(f"work/models/{version}", verbose=False)',),
            ('model.export(f"work/models/tiny/v{version}", verbose=False)',),
            ('tf.saved_model.save(model, f"work/models/tiny/{version}")',),
            ('model.save(f"work/models/tiny/{version}.keras")',),
            ('model.save(f"work/models/tiny/{version}")',),
            ('f"work/models/tiny/{version}"',),
        ),
    ),
    Turn(
        name="07 signature",
        check=_check_signature,
        idea="The model file scales now, and its type refuses pixels that have already been scaled.",
        answer=("tf.cast(pixels, tf.float32)[..., tf.newaxis] / 255", "tf.uint8"),
        wrong=(
            ("tf.cast(pixels, tf.float32)[..., tf.newaxis]", "tf.uint8"),
            ("pixels[..., tf.newaxis] / 255", "tf.float32"),
            ("pixels[..., tf.newaxis] // 255", "tf.uint8"),
            ("to_model_input(pixels)", "tf.uint8"),
            ("tf.cast(pixels, tf.float32) / tf.cast(tf.reduce_max(pixels), tf.float32)", "tf.uint8"),
        ),
    ),
    Turn(
        name="07 curl",
        check=_check_curl,
        idea="curl sends a POST by itself as soon as there is -d.",
        answer=(f"-d @labels.json http://localhost:8501{ROUTE}",),
        wrong=(
            (f"-d labels.json http://localhost:8501{ROUTE}",),
            (f"http://localhost:8501{ROUTE}",),
            (f"-d @labels.json http://localhost:8500{ROUTE}",),
            ("-d @labels.json http://localhost:8501/v1/models/clothes:predict",),
            ("-d @labels.json http://localhost:8501/v1/models/clothes/versions/1",),
            (f"-X GET -d @labels.json http://localhost:8501{ROUTE}",),
        ),
    ),
)
