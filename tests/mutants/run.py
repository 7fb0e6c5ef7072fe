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
    """``change`` says the line as it was and as it is, which names a mutant for as long as its line stays."""

    task: int
    function: str
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
        for mutant in rules.mutants_of(source, part.answer):
            if mutant not in seen:
                seen.add(mutant)
                yield Mutant(task.number, task.function, _change(source, mutant), {**reference, name: mutant})


def survivors_of(lab: Lab, mutants: list[Mutant]) -> list[Mutant]:
    """Those that pass every check of their task."""
    hurried = replace(lab, limits=replace(lab.limits, seconds=SECONDS))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        killed = pool.map(lambda mutant: _is_killed(hurried, mutant), mutants)
        return [mutant for mutant, dead in zip(mutants, killed, strict=True) if not dead]


def _is_killed(lab: Lab, mutant: Mutant) -> bool:
    results = checked(lab, mutant.files, task=mutant.task).results
    return any(result.state is not State.PASSED for result in results if result.task == mutant.task)


def equivalents_of(lab: Lab) -> dict[str, str]:
    """Why a mutant that survives is as good as the reference, by its change."""
    return tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get(lab.name, {})


def _change(source: str, mutant: str) -> str:
    """The first line that differs, before and after."""
    before, after = source.splitlines(), mutant.splitlines()
    at = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), len(after))
    new = after[at].strip() if at < len(after) else ""
    gone = len(before) - len(after)
    return f"{before[at].strip()} -> {new}" if gone <= 0 else f"{before[at].strip()} -> (gone)"


def main() -> int:
    options = _options()
    survived = 0
    for lab in LABS:
        if options.labs and lab.name[:2] not in options.labs:
            continue
        mutants = list(mutants_of(lab))
        alive = survivors_of(lab, mutants)
        reasons = equivalents_of(lab)
        left = [mutant for mutant in alive if f"{mutant.function}: {mutant.change}" not in reasons]
        equivalent = len(alive) - len(left)
        survived += len(left)
        print(
            f"{lab.name}: {len(mutants)} mutants, {len(mutants) - len(alive)} killed, {equivalent} equivalent, "
            f"{len(left)} survived: {(len(mutants) - len(alive)) / (len(mutants) - equivalent):.1%}",
            flush=True,
        )
        if options.survivors:
            print("\n".join(f"  {mutant.function}: {mutant.change}" for mutant in left), flush=True)
    return 1 if survived else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labs", nargs="*", metavar="NN", help="only these labs")
    parser.add_argument("--survivors", action="store_true", help="print each mutant that no check kills")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
