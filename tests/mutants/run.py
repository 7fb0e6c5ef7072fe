"""Mutants of the labs' reference answers: does each fail a check?

    python -m tests.mutants.run                 # every lab: the better part of an hour
    python -m tests.mutants.run 04 07           # these labs
    python -m tests.mutants.run --survivors 04  # and print each that passes all checks

Of each task's answer, mutants are made with one small slip each (``python_rules``, ``text_rules``), and the task's
checks are run on them. One that passes them all is either as good as the reference, and ``equivalent.toml`` says why,
or shows what the checks do not see. The score, killed of those that are not equivalent, stands in docs/labs.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.labs.answers import LABS, checked
from tests.mutants import python_rules, text_rules
from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.sources import parts_of
from workbook.labs.authoring.starter import reference_files
from workbook.labs.checks.results import State

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
AT_ONCE = 2
SECONDS = 3  # for each call: many a slip makes a loop endless


@dataclass(frozen=True)
class Mutant:
    """``change`` says in which function and line what has become what: its name, for as long as the line stays."""

    task: int
    change: str
    files: dict[str, str]


def mutants_of(lab: Lab) -> Iterator[Mutant]:
    """Each slip in each task's answer."""
    reference = reference_files(lab)
    for task in lab.tasks:
        name = Path(task.reference).name
        source = reference[name]
        rules = python_rules if name.endswith(".py") else text_rules
        part = parts_of(task.reference, source)[task.function]
        seen = set()
        for change, mutant in rules.mutants_of(source, part.answer):
            if mutant not in seen:
                seen.add(mutant)
                yield Mutant(task.number, f"{task.function}: {' '.join(change.split())}", {**reference, name: mutant})


def survivors_of(lab: Lab, mutants: list[Mutant]) -> list[Mutant]:
    """Those that pass every check of their task."""
    hurried = replace(lab, limits=replace(lab.limits, seconds=SECONDS))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        killed = pool.map(lambda mutant: _is_killed(hurried, mutant), mutants)
        return [mutant for mutant, dead in zip(mutants, killed, strict=True) if not dead]


def _is_killed(lab: Lab, mutant: Mutant) -> bool:
    results = checked(lab, mutant.files, task=mutant.task).results
    return any(result.state is not State.PASSED for result in results if result.task == mutant.task)


def equivalent(lab: Lab, mutant: Mutant) -> bool:
    """Whether ``equivalent.toml`` has a pattern for it, with the reason why it is as good as the reference."""
    patterns = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get(lab.name, {})
    return any(re.search(pattern, mutant.change) for pattern in patterns)


def main() -> int:
    options = _options()
    survived = 0
    for lab in LABS:
        if options.labs and lab.name[:2] not in options.labs:
            continue
        mutants = list(mutants_of(lab))
        alive = survivors_of(lab, mutants)
        left = [mutant for mutant in alive if not equivalent(lab, mutant)]
        killed, same = len(mutants) - len(alive), len(alive) - len(left)
        score = killed / (len(mutants) - same)
        counts = f"{len(mutants)} mutants, {killed} killed, {same} equivalent, {len(left)} survived"
        print(f"{lab.name}: {counts}: {score:.1%}", flush=True)
        if options.survivors:
            print("\n".join(f"  {mutant.change}" for mutant in left), flush=True)
        survived += len(left)
    return 1 if survived else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labs", nargs="*", metavar="NN", help="only these labs")
    parser.add_argument("--survivors", action="store_true", help="print each mutant that no check kills")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
