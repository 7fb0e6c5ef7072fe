"""From a folder of Kustomize, or a file, to the objects that a cluster would get."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from workbook.errors import UserError

KUSTOMIZATION = "kustomization.yaml"


def folders_in(folder: Path) -> list[Path]:
    """Those in which ``kubectl apply -k`` makes sense: with a kustomization, but no base and no part of another one."""
    found = sorted(path.parent for path in folder.rglob(KUSTOMIZATION) if path.parent.name != "base")
    return [one for one in found if not any(one != other and one.is_relative_to(other) for other in found)]


def build(place: Path, kubectl: Path) -> list[dict]:
    """The objects of a folder, built by kubectl's Kustomize, or of a YAML file. Raises ``UserError``."""
    if place.is_dir():
        if not (place / KUSTOMIZATION).is_file():
            raise UserError(f"{place} has no {KUSTOMIZATION}: name a folder with one, or a YAML file")
        done = subprocess.run([kubectl, "kustomize", place], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(f"kubectl kustomize {place}: {done.stderr.strip().removeprefix('error: ')}")
        return parse(done.stdout, place)
    try:
        return parse(place.read_text(encoding="utf-8"), place)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{place} cannot be read: name a folder with a {KUSTOMIZATION}, or a YAML file") from error


def parse(text: str, place: Path) -> list[dict]:
    """The objects in a YAML text. Raises ``UserError`` if it is no YAML, or has something else in it."""
    try:
        objects = [one for one in yaml.safe_load_all(text) if one is not None]
    except yaml.YAMLError as error:
        raise UserError(f"{place} is not YAML: {' '.join(str(error).split())}") from error
    for one in objects:
        metadata = one.get("metadata") if isinstance(one, dict) else None
        if not (isinstance(metadata, dict) and metadata.get("name") and one.get("kind") and one.get("apiVersion")):
            raise UserError(f"{place}: an object needs apiVersion, kind and metadata.name; one of them is missing")
    if not objects:
        raise UserError(f"{place} has no object in it")
    return objects
