"""Runs beside the student's code: builds small networks, exports and asks them, and has versions written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import numpy as np

from server.model_card import InputSpec, ModelCard

# Export. A network is its card and its weights; it is exported once per process, because that takes a second.

EXPORTED: dict[tuple[str, str], tuple] = {}


def labels(network: dict, pixels: np.ndarray) -> dict:
    """What ``Graph.labels`` answers after it was exported, alone, and loaded again."""
    _, loaded = _exported(network, only="labels")
    return _asked(loaded.signatures["labels"], {"pixels": pixels})


def saved_model(network: dict) -> bytes:
    """The file ``saved_model.pb`` of an export with all of ``signatures_of``."""
    folder, _ = _exported(network)
    return (folder / "saved_model.pb").read_bytes()


def ask(network: dict, signature: str, inputs: dict) -> dict | str:
    """What a signature of that export answers, or why it refuses such inputs, which the checks then judge."""
    _, loaded = _exported(network)
    if signature not in loaded.signatures:
        return "there is no such signature"
    try:
        return _asked(loaded.signatures[signature], inputs)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _exported(network: dict, only: str = "") -> tuple:
    """The folder of an export, and what TensorFlow loads from it."""
    key = network["card"]["name"], only  # each network gets a new random name
    if key not in EXPORTED:
        folder = Path(tempfile.mkdtemp())
        _export(network, folder, only)
        EXPORTED[key] = folder, _tensorflow().saved_model.load(folder)
    return EXPORTED[key]


def _export(network: dict, folder: Path, only: str) -> None:
    from pipeline import saved_model  # first: what cannot be imported need not wait for TensorFlow

    make_graph, save = saved_model.Graph, saved_model.save_as_saved_model
    tf = _tensorflow()
    from keras.export import ExportArchive

    card = _card(network["card"])
    model = _model(card, network["weights"])
    if not only:
        save(model, card, folder)
        return
    archive = ExportArchive()
    spec = tf.TensorSpec([None, *card.input.shape], tf.uint8, "pixels")
    archive.add_endpoint(only, getattr(make_graph(model, card), only), [spec])
    archive.write_out(str(folder), verbose=False)


def _tensorflow():
    from server.quiet import import_tensorflow

    import_tensorflow()
    import tensorflow

    return tensorflow


def _model(card: ModelCard, weights: list[np.ndarray]):
    """It takes pictures of any size, as a network that averages does: only the graph can check their shape."""
    from keras import Sequential, layers

    model = Sequential(
        [
            layers.Input((*card.input.shape, 1)),
            layers.Conv2D(weights[0].shape[-1], weights[0].shape[0], activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(len(card.classes), activation="softmax"),
        ]
    )
    model.set_weights(weights)
    return model


def _asked(signature: Callable, inputs: dict) -> dict:
    constant = _tensorflow().constant
    answer = signature(**{name: constant(value) for name, value in inputs.items()})
    return {name: _plain(tensor.numpy()) for name, tensor in answer.items()}


def _plain(value: np.ndarray) -> object:
    return value.tolist() if value.dtype == object else value


def _card(fields: dict) -> ModelCard:
    spec = fields["input"]
    return ModelCard(**{**fields, "input": InputSpec(**{**spec, "shape": tuple(spec["shape"])})})


# Versions


class Stopped(Exception):
    """What ``save`` raises in the middle of its work, if it is asked to."""


def write_version(card: dict, before: dict[str, bytes] | None, files: dict[str, bytes], stops: bool = False) -> dict:
    """What ``write_version`` makes of a repository with the files ``before``; None means that its folder does not
    exist.

    ``files`` is what ``save`` writes, by paths as seen from its folder; if it ``stops``, it raises at the end.
    ``seen`` is what a server would have found meanwhile: files in folders that are named by a number. ``strewn`` is
    what was left in the folder in which the program runs.
    """
    from pipeline.export import write_version

    root, here = Path(tempfile.mkdtemp()) / "models", Path(tempfile.mkdtemp())
    if before is not None:
        root.mkdir()
        _write(root, before)
    seen, places = [], []

    class Watched(ModelCard):
        def write(self, path: Path) -> None:
            seen.append(_versions(root))
            super().write(path)
            seen.append(_versions(root))

        def as_dict(self) -> dict:
            seen.append(_versions(root))
            return super().as_dict()

    def save(folder: Path) -> None:
        places.append(Path(folder).absolute().is_relative_to(root))
        seen.append(_versions(root))
        (Path(folder) / "assets.extra" / "first").write_bytes(b"")  # fails if there is no such folder
        (Path(folder) / "assets.extra" / "first").unlink()
        _write(Path(folder), files)
        seen.append(_versions(root))
        if stops:
            raise Stopped("the disk is full")

    watched = Watched(**vars(_card(card)))
    outcome = {"raised": False}
    try:
        with chdir(here):
            outcome["returned"] = Path(write_version(root, watched, save)).relative_to(root).as_posix()
    except Stopped:
        outcome["raised"] = True
    outcome["strewn"] = sorted(path.name for path in here.iterdir())
    return {**outcome, "tree": _tree(root), "names": _names(root), "seen": seen, "beside": all(places)}


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def _names(root: Path) -> list[str]:
    """What is in the folders of the models."""
    return sorted(path.relative_to(root).as_posix() for path in root.glob("*/*"))


def _versions(root: Path) -> dict[str, bytes]:
    return {name: content for name, content in _tree(root).items() if name.split("/")[1].isdigit()}
