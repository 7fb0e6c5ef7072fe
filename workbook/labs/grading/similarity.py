"""How much alike two answers are: a place to look, never a verdict.

Two programs share what is left when names, comments and layout are taken away: runs of syntax, as in Schleimer,
Wilkerson and Aiken, "Winnowing" (2003), here all of them. Of files that are no Python, runs of words. What the starter
has, and what half of a class writes, says nothing and is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.sources import pieces
from workbook.labs.authoring.starter import starter_files

RUN = 6  # pieces in a row
FEWEST = 12  # runs that an answer must have left for a comparison to mean anything
ALIKE = 0.6


@dataclass(frozen=True)
class Pair:
    """Two answers by their keys, and the share of runs that they have in common, 0 to 1."""

    one: str
    other: str
    share: float


def alike(lab: Lab, answers: dict[str, dict[str, bytes]]) -> list[Pair]:
    """The pairs that share at least ``ALIKE`` of their rarer runs, the most alike first."""
    given = runs_of(lab, {name: source.encode() for name, source in starter_files(lab).items()})
    runs = {key: runs_of(lab, files) - given for key, files in answers.items()}
    counts = Counter(run for found in runs.values() for run in found)
    common = {run for run, count in counts.items() if count > max(2, len(runs) / 2)}
    rare = {key: found - common for key, found in runs.items() if len(found - common) >= FEWEST}
    pairs = [Pair(one, other, _share(rare[one], rare[other])) for one, other in combinations(sorted(rare), 2)]
    return sorted((pair for pair in pairs if pair.share >= ALIKE), key=lambda pair: -pair.share)


def runs_of(lab: Lab, files: dict[str, bytes]) -> set[int]:
    """The runs of pieces in the answers to the tasks; none of a Python file that cannot be parsed."""
    found: set[int] = set()
    for task in lab.tasks:
        file = task.reference.rpartition("/")[2]
        answer = pieces(file, files.get(file, b""), task.function)
        found.update(hash(tuple(answer[start : start + RUN])) for start in range(len(answer) - RUN + 1))
    return found


def _share(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)
