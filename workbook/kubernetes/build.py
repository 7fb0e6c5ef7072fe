"""From a folder of Kustomize, or a file, to the objects that a cluster would get."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import ClassVar

import yaml

from workbook.errors import UserError

KUSTOMIZATION = "kustomization.yaml"
MOST_VALUES = 100_000  # the course's largest folder has a thousand


class AsKubectl(yaml.SafeLoader):
    """YAML as kubectl reads it: a day is a text, and a key that is there twice is refused."""

    yaml_implicit_resolvers: ClassVar = {
        first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


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
    except UnicodeDecodeError as error:
        raise UserError(f"{place} is not UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise UserError(f"{place} cannot be read: name a folder with a {KUSTOMIZATION}, or a YAML file") from error


def parse(text: str, place: Path) -> list[dict]:
    """The objects in a YAML text. Raises ``UserError`` if it is no YAML, or has something else in it."""
    try:
        documents = [one for one in yaml.load_all(text, AsKubectl) if one is not None]
    except (yaml.YAMLError, RecursionError) as error:
        mark, told = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
        line = f"line {mark.line + 1}: " if mark else ""
        raise UserError(f"{place} is not YAML: {line}{' '.join(told.split())[:200]}") from error
    if _are_endless(documents):
        raise UserError(f"{place} has more than {MOST_VALUES:,} values: its aliases multiply")
    objects = [one for document in documents for one in _in_list(document)]
    for one in objects:
        metadata = one.get("metadata") if isinstance(one, dict) else None
        texts = [one.get("kind"), one.get("apiVersion")] if isinstance(metadata, dict) else []
        if not (texts and metadata.get("name") and all(isinstance(text, str) and text for text in texts)):
            raise UserError(f"{place}: an object needs apiVersion, kind and metadata.name, each a text; one is missing")
    if not objects:
        raise UserError(f"{place} has no object in it")
    return objects


def _in_list(document: object) -> list:
    """The objects of a ``kind: List``; anything else is itself."""
    items = document.get("items") if isinstance(document, dict) and document.get("kind") == "List" else None
    return items if isinstance(items, list) else [document]


def _are_endless(documents: list) -> bool:
    """Whether there are more values than anybody writes, aliases written out."""
    waiting = list(documents)
    for _ in range(MOST_VALUES):
        if not waiting:
            return False
        one = waiting.pop()
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return True
