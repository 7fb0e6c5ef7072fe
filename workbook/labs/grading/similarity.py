"""How much alike two answers are: a place to look, never a verdict.

Two programs share what is left when names, comments and layout are taken away: runs of syntax, as in Schleimer,
Wilkerson and Aiken, "Winnowing" (2003), here all of them. Of files that are no Python, runs of words. What the starter
has says nothing and is left out; so is what half of a class writes, unless two answers are nearly the same in all. The
reference, which is public, is compared with as well.
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
NEARLY_ALL = 0.95  # of what two answers have, the frequent included: as good as word for word
THE_REFERENCE = "the course's reference"


@dataclass(frozen=True)
class Pair:
    """Two answers by their keys, and the share of runs that they have in common, 0 to 1."""

    one: str
    other: str
    share: float


def alike(lab: Lab, answers: dict[str, dict[str, bytes]]) -> list[Pair]:
    """The pairs that share at least ``ALIKE`` of their rarer runs, or ``NEARLY_ALL`` of all, the most alike first.

    One of a pair may be ``THE_REFERENCE``.
    """
    given = runs_of(lab, _encoded(starter_files(lab)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a process of its own
        found_in = zip(answers, pool.map(lambda files: runs_of(lab, files) - given, answers.values()), strict=True)
        runs = {key: found for key, found in found_in if len(found) >= FEWEST}
    reference = runs_of(lab, _encoded(reference_files(lab))) - given
    counts = Counter(run for found in runs.values() for run in found)
    common = {run for run, count in counts.items() if count > max(2, len(runs) / 2)}
    copies = [Pair(key, THE_REFERENCE, _share(found, reference)) for key, found in sorted(runs.items())]
    pairs = [Pair(one, other, _alike(runs[one], runs[other], common)) for one, other in combinations(sorted(runs), 2)]
    return sorted((pair for pair in [*copies, *pairs] if pair.share >= ALIKE), key=lambda pair: -pair.share)


def runs_of(lab: Lab, files: dict[str, bytes]) -> set[int]:
    """The runs of pieces in the answers to the tasks; none of a Python file that cannot be parsed."""
    return runs_in(files, [(task.reference.rpartition("/")[2], task.function) for task in lab.tasks], RUN)


def _alike(one: set[int], other: set[int], common: set[int]) -> float:
    """The share of all runs, if it is nearly all; else of those that are rare in the class, if these are enough."""
    whole = _share(one, other)
    enough = min(len(one - common), len(other - common)) >= FEWEST
    return whole if whole >= NEARLY_ALL else _share(one - common, other - common) if enough else 0.0


def _encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {name: source.encode() for name, source in files.items()}


def _share(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)
