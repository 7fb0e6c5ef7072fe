"""The kinds of files from which a lab can be made, recognized by their names."""

from __future__ import annotations

from pathlib import PurePath
from types import ModuleType

from workbook.labs.authoring import dockerfile_sections, python_functions, yaml_keys
from workbook.labs.authoring.parts import Part

KINDS: dict[str, ModuleType] = {
    ".py": python_functions,
    ".Dockerfile": dockerfile_sections,
    ".yaml": yaml_keys,
}


def parts_of(file: str, source: str) -> dict[str, Part]:
    """The parts of the ``source`` of a file of this name, by their own names. Raises ``ValueError``."""
    suffix = PurePath(file).suffix
    if suffix not in KINDS:
        raise ValueError(f"{file} is not a kind of file that a task can be taken from: expected {', '.join(KINDS)}")
    return KINDS[suffix].parts_of(source)


def without_leftovers(file: str, starter: str, source: str) -> str:
    """A starter without what only the answers needed: in Python, their private functions."""
    return python_functions.without_leftovers(starter, source) if file.endswith(".py") else starter
