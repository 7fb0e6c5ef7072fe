"""Why a folder serves nothing: what was expected in it, what is there, and the likely slip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from server.model_card import CARD_FILE, EXTRA_FOLDER

EXPECTED = f"<name>/<version>/{EXTRA_FOLDER}/{CARD_FILE}"
VERSION = re.compile(r"[0-9]+", re.ASCII)
MODEL_FILES = {".keras", ".tflite", ".npz", ".skops", ".h5", ".onnx"}


def slips_in(root: Path) -> list[str]:
    """One line for each thing in ``root`` that looks like a model but is not where a server would find it."""
    return [slip for folder in _folders(root) for slip in _slips_of(root, folder)] + _loose_files(root)


def likely_slip(root: Path) -> str:
    """In one line, why there is nothing to serve in ``root``."""
    if (root / EXTRA_FOLDER / CARD_FILE).is_file():
        return f"{root} is one version of a model; name the folder two levels up, {root.parent.parent}"
    if any((folder / EXTRA_FOLDER / CARD_FILE).is_file() for folder in _folders(root)):
        return f"{root} is one model; name the folder above it, {root.parent}"
    if found := slips_in(root):
        return found[0]
    there = ", ".join(sorted(path.name for path in root.iterdir())[:5])
    return f"there is no {EXPECTED} in {root}; there is {there}" if there else f"{root} is empty"


def _slips_of(root: Path, model: Path) -> Iterator[str]:
    for folder in _folders(model):
        if not VERSION.fullmatch(folder.name) and (number := re.search(r"\d+", folder.name)) and _holds_model(folder):
            yield f"{folder} is left out, because a version is a number: call the folder {int(number[0])}"
        elif VERSION.fullmatch(folder.name) and not (folder / EXTRA_FOLDER / CARD_FILE).is_file():
            yield f"{folder} is left out, because it has no {EXTRA_FOLDER}/{CARD_FILE}: export the model with its card"
    if VERSION.fullmatch(model.name) and _holds_model(model):
        yield f"{model} is left out, because a version belongs in the folder of its model: {root}/<name>/{model.name}"


def _loose_files(folder: Path) -> list[str]:
    files = sorted(path for path in folder.iterdir() if path.suffix in MODEL_FILES)
    return [
        f"{path} is left out, because a model belongs in a version's folder, {EXPECTED}: export it" for path in files
    ]


def _holds_model(folder: Path) -> bool:
    names = ("saved_model.pb", f"{EXTRA_FOLDER}/{CARD_FILE}", CARD_FILE)
    return any((folder / name).exists() for name in names) or bool(_loose_files(folder))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
