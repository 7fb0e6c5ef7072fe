"""Compares a student's answer with the reference: first what both do with the same calls, then the source."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.starter import reference_files
from workbook.labs.checks.assertions import shown
from workbook.labs.sandbox.contents import read_files
from workbook.labs.sandbox.inside import wire
from workbook.labs.sandbox.student import NoAnswer, Raised, Student

BEHAVIOR = "behavior.py"


@dataclass(frozen=True)
class Behavior:
    """What each returned for one call, in a line each, and whether that is the same."""

    name: str
    yours: str
    reference: str
    same: bool


def compare_behavior(lab: Lab, folder: Path) -> list[Behavior]:
    """Make the calls of the lab's ``behavior.py`` to both; none if it has no such file."""
    behavior = _behavior_of(lab)
    reference = {name: source.encode() for name, source in reference_files(lab).items()}
    with Student(lab, read_files(lab, folder)) as student, Student(lab, reference) as other:
        pairs = zip(behavior(student), behavior(other), strict=True)
        return [_compare(name, yours, theirs) for (name, yours), (_, theirs) in pairs]


def compare_source(lab: Lab, folder: Path) -> Iterator[str]:
    """The unified difference of each file, from the student's to the reference."""
    for name, source in reference_files(lab).items():
        mine = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        theirs = source.splitlines(keepends=True)
        yield "".join(difflib.unified_diff(mine, theirs, f"yours/{name}", f"reference/{name}"))


def _behavior_of(lab: Lab) -> Callable[[Student], Iterable]:
    path = lab.folder / BEHAVIOR
    if not path.exists():
        return lambda student: ()
    spec = importlib.util.spec_from_file_location(f"behavior_of_{lab.name}", path)
    module = importlib.util.module_from_spec(spec)
    with _beside(lab):
        spec.loader.exec_module(module)
    return module.behavior


@contextmanager
def _beside(lab: Lab) -> Iterator[None]:
    """What is in the lab's folder, such as ``checks``, can be imported; another lab has other modules of that name."""
    before = set(sys.modules)
    sys.path.insert(0, str(lab.folder))
    try:
        yield
    finally:
        sys.path.remove(str(lab.folder))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(lab.folder)):
                del sys.modules[name]


def _compare(name: str, yours, theirs) -> Behavior:
    mine, reference = _outcome(yours), _outcome(theirs)
    return Behavior(name, shown(mine), shown(reference), wire.dump(mine) == wire.dump(reference))


def _outcome(call) -> object:
    try:
        return call()
    except (Raised, NoAnswer) as error:
        return str(error)
