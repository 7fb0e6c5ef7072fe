"""How similar two answers are: a place to look, never a verdict.

Two programs share what is left when names, comments and layout are removed: runs of syntax, as in Schleimer, Wilkerson
and Aiken, "Winnowing" (2003), here all of them. For files that are not Python, these are runs of words. What is in the
starter says nothing and is left out; so is what half of a class writes, unless two answers are nearly identical.
Answers are also compared with the reference, which is public: as a whole, and file by file, because a single file is
easily copied.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.starter import reference_files, starter_files
from workbook.labs.sandbox.syntax import runs_in

RUN = 6  # pieces in a row
FEWEST = 12  # runs that an answer must have left for a comparison to mean anything
ALIKE = 0.6
NEARLY_ALL = 0.95  # of what two answers have, including the frequent: practically word for word
THE_REFERENCE = "the course's reference"


@dataclass(frozen=True)
class Pair:
    """Two answers by their keys, and the share of runs that they have in common, from 0 to 1."""

    one: str
    other: str
    share: float


def alike(lab: Lab, answers: dict[str, dict[str, bytes]]) -> list[Pair]:
    """The pairs that share at least ``ALIKE`` of their rarer runs, or ``NEARLY_ALL`` of all, the most similar first.

    One of a pair may be ``THE_REFERENCE``, or a file of it.
    """
    given = runs_of(lab, _encoded(starter_files(lab)))
    reference = {name: found - given for name, found in _by_file(lab, _encoded(reference_files(lab))).items()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a process of its own
        found_in = zip(answers, pool.map(lambda files: _by_file(lab, files), answers.values()), strict=True)
        files = {key: {name: found - given for name, found in by_file.items()} for key, by_file in found_in}
    runs = {key: whole for key, by_file in files.items() if len(whole := _all_of(by_file)) >= FEWEST}
    counts = Counter(run for found in runs.values() for run in found)
    common = {run for run, count in counts.items() if count > max(2, len(runs) / 2)}
    copies = [pair for key in sorted(files) for pair in _copied(key, files[key], reference)]
    pairs = [Pair(one, other, _alike(runs[one], runs[other], common)) for one, other in combinations(sorted(runs), 2)]
    return sorted([*copies, *(pair for pair in pairs if pair.share >= ALIKE)], key=lambda pair: -pair.share)


def _copied(key: str, files: dict[str, set[int]], reference: dict[str, set[int]]) -> list[Pair]:
    """What resembles the reference: the whole answer, or else each file that is practically word for word."""
    whole = Pair(key, THE_REFERENCE, _share(_all_of(files), _all_of(reference)))
    if whole.share >= ALIKE and len(_all_of(files)) >= FEWEST:
        return [whole]
    there = [(name, found, reference[name]) for name, found in files.items() if len(found) >= FEWEST]
    pairs = [Pair(key, f"{THE_REFERENCE}, {name}", _share(found, known)) for name, found, known in there]
    return [pair for pair in pairs if pair.share >= NEARLY_ALL]


def _by_file(lab: Lab, files: dict[str, bytes]) -> dict[str, set[int]]:
    names = [name for name in files if name in reference_files(lab)]
    return {name: runs_of(lab, {name: files[name]}) for name in names}


def _all_of(files: dict[str, set[int]]) -> set[int]:
    return set().union(*files.values())


def runs_of(lab: Lab, files: dict[str, bytes]) -> set[int]:
    """The runs of pieces in the answers to the tasks; none for a Python file that cannot be parsed."""
    return runs_in(files, [(task.reference.rpartition("/")[2], task.function) for task in lab.tasks], RUN)


def _alike(one: set[int], other: set[int], common: set[int]) -> float:
    """The share of all runs, if it is nearly all; otherwise of those that are rare in the class, if these are
    enough."""
    whole = _share(one, other)
    enough = min(len(one - common), len(other - common)) >= FEWEST
    return whole if whole >= NEARLY_ALL else _share(one - common, other - common) if enough else 0.0


def _encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {name: source.encode() for name, source in files.items()}


def _share(one: set[int], other: set[int]) -> float:
    return len(one & other) / max(1, len(one | other))
