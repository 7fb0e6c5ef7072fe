"""A trained model into a version of a model repository: its files for every server, and the card that describes it."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from server.model_card import CARD_FILE, EXTRA_FOLDER, InputSpec, ModelCard, sha256_of
from server.preprocessing import to_model_input
from server.quiet import without_chatter
from server.scores import check_scores, trial_pixels


def framework(package: str) -> dict[str, str]:
    """The name and version of the installed package that made a model."""
    return {"name": package, "version": importlib.metadata.version(package)}


def clothes_card(model, version: int, description: str, training: dict[str, int | float | str]) -> ModelCard:
    """Describe a Keras classifier of Fashion-MNIST, measured on the 10,000 test images.

    ``training`` says how it was made; a card is no better than what is written there.
    """
    from keras.datasets import fashion_mnist

    from pipeline import dataset
    from pipeline.evaluate import evaluate

    (train_pixels, _), (pixels, labels) = fashion_mnist.load_data()
    scores = model.predict(to_model_input(pixels), batch_size=1000, verbose=0)
    return ModelCard(
        name="clothes",
        version=version,
        description=description,
        number_of_parameters=model.count_params(),
        input=InputSpec(pixels.shape[1:], 0, 255),
        classes=dataset.CLASSES,
        framework=framework("keras"),
        dataset={"name": "Fashion-MNIST", "training_images": len(train_pixels), "test_images": len(pixels)},
        metrics=evaluate(scores, labels).summary(),
        training=training,
        files={},
    )


def export_keras(model, card: ModelCard, root: Path) -> Path:
    """Write a Keras model as ``<root>/<name>/<version>/`` for every server, and return that folder.

    The SavedModel is TensorFlow Serving's; in ``assets.extra/`` are its warm-up requests, and the card and the model in
    Keras's and LiteRT's formats for the reference server. Raises ``ValueError`` for a model that does not fit ``card``.
    """
    _check_answers(model, card)

    def save(folder: Path) -> None:
        extra = folder / EXTRA_FOLDER
        model.save(extra / f"{card.name}.keras")
        with without_notes():
            model.export(extra / f"{card.name}.tflite", format="litert", verbose=False)
            save_for_serving(model, card, folder)

    return write_version(root, card, save)


def export_litert(model, card: ModelCard, root: Path) -> Path:
    """Write a Keras model as ``<root>/<name>/<version>/`` in LiteRT's format alone, and return that folder.

    Raises ``ValueError`` for a model that does not fit ``card``.
    """
    _check_answers(model, card)

    def save(folder: Path) -> None:
        with without_notes():
            model.export(folder / EXTRA_FOLDER / f"{card.name}.tflite", format="litert", verbose=False)

    return write_version(root, card, save)


def export_onnx(model, card: ModelCard, root: Path) -> Path:
    """Write a Keras model as ``<root>/<name>/<version>/`` in the ONNX format alone, and return that folder.

    It is one file, ``<name>.onnx``, which takes float32 (n, height, width, 1). Raises ``ValueError`` for a model that
    does not fit ``card``.
    """
    import keras

    _check_answers(model, card)
    picture = keras.InputSpec(shape=(None, *card.input.shape, 1), dtype="float32", name="image")

    def save(folder: Path) -> None:
        path = folder / EXTRA_FOLDER / f"{card.name}.onnx"
        with without_notes(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # Keras asks NumPy for a name that is to come
            model.export(path, format="onnx", input_signature=[picture], verbose=False)

    return write_version(root, card, save)


def _check_answers(model, card: ModelCard) -> None:
    """Raise ``ValueError`` for a Keras model whose answers are not what ``card`` promises."""
    images = to_model_input(trial_pixels(card.input), card.input.high)
    check_scores(np.asarray(model(images, training=False)), card)


@contextmanager
def without_notes() -> Iterator[None]:
    """TensorFlow logs where it writes, even temporary folders, from Python and C++; exceptions still come through."""
    log = logging.getLogger("tensorflow")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        with without_chatter():
            yield
    finally:
        log.setLevel(level)


def save_for_serving(model, card: ModelCard, folder: Path) -> None:
    """Write what TensorFlow Serving loads: the SavedModel, and the warm-up requests in ``assets.extra/``."""
    from pipeline.saved_model import save_as_saved_model
    from pipeline.warmup import WARMUP_FILE, write_warmup_requests

    save_as_saved_model(model, card, folder)
    write_warmup_requests(folder / EXTRA_FOLDER / WARMUP_FILE, card)


def write_version(root: Path, card: ModelCard, save: Callable[[Path], None]) -> Path:
    """Write ``<root>/<name>/<version>/``, whole or not at all, and return that path; other versions stay as they are.

    Folders that are not there yet are made, including ``root``. Nothing is written outside ``root``.

    ``save`` is called with one folder, to write the model's files to it and to the ``assets.extra/`` that is in it.
    Then the card is written to ``assets.extra/`` as ``CARD_FILE``, with the SHA-256 of each of these files, by its
    path as seen from the card, in ``files``.

    A server may look at any moment, and takes each folder that is named by a number for a version. So everything is
    written under another name beside it, in the same file system, and gets its own name in one step. What ``save``
    raises goes on to the caller, and nothing is left of the attempt. A version that is already there is replaced as a
    whole, and stays until the new one is complete.
    """
    version = root / card.name / str(card.version)
    version.parent.mkdir(parents=True, exist_ok=True)
    # The hidden name is not a version number, so no server takes a half-written version for a model.
    with tempfile.TemporaryDirectory(dir=version.parent, prefix=".writing-") as scratch:
        folder = Path(scratch) / "version"
        extra = folder / EXTRA_FOLDER
        extra.mkdir(parents=True)
        save(folder)
        replace(card, files=checksums(folder, extra)).write(extra / CARD_FILE)
        if version.exists():
            shutil.move(version, Path(scratch) / "replaced")
        os.replace(folder, version)
    return version


def checksums(folder: Path, start: Path) -> dict[str, str]:
    """The SHA-256 of each file under ``folder``, by its path as seen from ``start``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {Path(os.path.relpath(path, start)).as_posix(): sha256_of(path) for path in files}
