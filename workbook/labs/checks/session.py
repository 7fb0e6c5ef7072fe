"""The process that runs a lab's checks: pytest, with the student's code in yet another process.

Standard input has a JSON object on one line: ``lab``, a folder; ``files`` by name, in base64; ``level``; ``task`` or
null; ``engine``; ``scratch``, the folder for temporary files. When it is closed, nobody is waiting any more. The report
goes to standard output, which no other process has.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from workbook.labs.authoring.manifest import Lab, Task, read_lab
from workbook.labs.authoring.stand_in import with_reference
from workbook.labs.authoring.starter import reference_files
from workbook.labs.checks.launch import ENGINE_CHECKS
from workbook.labs.checks.loading import Unloadable, broken_files, lacks_functions, missing_files
from workbook.labs.checks.places import without_places
from workbook.labs.checks.plugin import Collector
from workbook.labs.checks.results import Report, Result, State
from workbook.labs.sandbox import cgroup
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.process_tree import end_descendants
from workbook.labs.sandbox.student import Student

CHECKS = "checks*.py"  # long ones in several files
END_SECONDS = 30  # to give up after; the next grading removes what is left
# How pytest runs for a lab, whatever settings it might find: quiet, leaving no files behind. It rewrites no asserts,
# which the checks do not have, and collects no garbage five times at its end. Either takes as long as a small check.
PLUGINS = ("terminal", "cacheprovider", "faulthandler", "unraisableexception")
OPTIONS = ("-c", os.devnull, "--noconftest", "--assert=plain", *(f"-pno:{plugin}" for plugin in PLUGINS))


class NoChecks(RuntimeError):
    """pytest did not run the lab's checks: a fault of the course, never of the student."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run of pytest; ``suspicious`` as in ``Collector``."""

    results: dict[str, Result]
    printed: str
    suspicious: set[str]


class Checking:
    """The checks of ``lab`` on a student's ``files``."""

    def __init__(self, lab: Lab, files: dict[str, bytes], level: Level) -> None:
        self._lab = lab
        self._files = files
        self._level = level
        self._reference = {name: source.encode() for name, source in reference_files(lab).items()}

    def report(self, task: int | None, engine: bool) -> Report:
        """For all checks, or those of one task; with ``engine``, also for those that a Docker engine has to answer.

        A file that is missing or cannot be loaded costs its own tasks: for the tasks of other files, the reference's
        replaces it.
        """
        unloadable = missing_files(self._lab, self._files)
        first = self._run(lambda _, number: task in (None, number), unloadable, engine)
        results = first.results
        suspicious = first.suspicious or (_failing(results) and lacks_functions(self._lab, self._files))
        if suspicious and (broken := broken_files(self._lab, self._files, self._level)):
            unloadable |= broken
            wrong = self._to_run_again(results, unloadable)
            results = results | self._again(lambda name, _: name in wrong, unloadable)
        results, notes = self._own_faults(self._judged(results), task, unloadable)
        problems = tuple(one.reason for one in unloadable.values())
        report = Report(self._lab.name, tuple(results.values()), first.printed, problems, notes)
        return without_places(report, self._lab)

    def _to_run_again(self, results: Mapping[str, Result], unloadable: Mapping[str, Unloadable]) -> set[str]:
        """All that failed, and of those that passed only what a file that fails at its import may have let pass."""
        if any(one.itself for one in unloadable.values()):
            return {*results}
        absent = {missing.number for one in unloadable.values() for missing in one.absent}
        return {name for name, one in results.items() if one.state is not State.PASSED or one.task in absent}

    def _again(self, wanted: Callable[[str, int], bool], unloadable: dict[str, Unloadable]) -> dict[str, Result]:
        """The results with the reference's files instead of those that cannot be loaded.

        A file that only others cannot use is checked for its own tasks as it is, except for missing functions.
        """
        found = self._run(wanted, unloadable).results
        for name, one in unloadable.items():
            own = {check for check, result in found.items() if result.task in self._tasks_of(name)}
            if own and not one.itself:
                others = {other: why for other, why in unloadable.items() if other != name}
                files = with_reference(self._lab, self._files, one.absent)
                ran = self._run(lambda check, _, own=own: check in own, others, files=files)
                absent = {missing.number for missing in one.absent}
                gone = [check for check, result in ran.results.items() if result.task in absent]
                found |= ran.results | {check: _lost(ran.results[check], one) for check in {*ran.suspicious, *gone}}
        return found

    def _own_faults(
        self, results: dict[str, Result], task: int | None, unloadable: dict[str, Unloadable]
    ) -> tuple[dict[str, Result], tuple[str, ...]]:
        """The results, in which a check fails only because of its own task, and what to say about that.

        Those that failed are run again with the reference's parts for the other tasks in which something is not right.
        If nothing is wrong in any task then, the fault is between them, and stays.
        """
        there = results
        if task is not None and any(map(self._may_be_anothers, results.values())):
            if self._is_its_own(task, results, unloadable):
                return results, ()
            there = results | self._run(lambda _, number: number != task, unloadable).results
        failing = _failing(there)
        found = dict(results)
        for number in sorted(failing):
            doubtful = [one.name for one in results.values() if one.task == number and self._may_be_anothers(one)]
            others = [one for one in self._lab.tasks if one.number in failing - {number}]
            if doubtful and others:
                ran = self._beside_reference(number, doubtful, others, unloadable)
                found |= {name: one for name, one in ran.results.items() if _is_telling(one, ran)}
        helped = {one.task for name, one in found.items() if results[name].state is not one.state is State.PASSED}
        at_fault = _failing(there | found)
        if not helped or not at_fault:
            return (found if at_fault else results), ()
        checked, beside = _numbered(helped).capitalize(), _numbered(at_fault - helped or at_fault)
        return found, (f"{checked}: checked with the course's own code instead of yours for {beside}.",)

    def _is_its_own(self, task: int, results: dict[str, Result], unloadable: dict[str, Unloadable]) -> bool:
        """Whether all that failed in the one task that is checked fails just so with the reference in all the others.

        Then nobody needs to know which of the others are right, which takes longer than all the rest.
        """
        doubtful = [name for name, one in results.items() if self._may_be_anothers(one)]
        others = [one for one in self._lab.tasks if one.number != task]
        ran = self._beside_reference(task, doubtful, others, unloadable).results
        return all(one.state is results[name].state and one.got == results[name].got for name, one in ran.items())

    def _beside_reference(
        self, number: int, names: list[str], others: list[Task], unloadable: dict[str, Unloadable]
    ) -> Outcome:
        """These checks of the task ``number`` on the student's files with the reference's parts for ``others``."""
        files = with_reference(self._lab, self._files, others)
        whole = [name for name, one in unloadable.items() if one.itself or number not in self._tasks_of(name)]
        return self._run(lambda name, _: name in names, {name: unloadable[name] for name in whole}, files=files)

    def _may_be_anothers(self, result: Result) -> bool:
        """Whether a failure may come from another task: not if the starter's line is still in this one, and not if this
        one is a key of a YAML file, which runs nothing."""
        own = self._lab.tasks[result.task - 1]
        if own.reference.endswith(".yaml"):
            return False
        content = self._files.get(Path(own.reference).name, b"")
        to_do = f"Task {own.number}: {own.title}".encode() in content
        return not result.lost and (result.state is State.FAILED or (result.state is State.TODO and not to_do))

    def _judged(self, results: dict[str, Result]) -> dict[str, Result]:
        """A check that broke counts as failed if the reference passes it: then it broke on an answer that cannot be
        compared."""
        broken = [name for name, result in results.items() if result.state is State.BROKEN]
        if not broken:
            return results
        of_reference = Checking(self._lab, self._reference, self._level)
        passed = of_reference._run(lambda name, _: name in broken, {}).results
        for name in broken:
            if name in passed and passed[name].state is State.PASSED:
                results = {**results, name: replace(results[name], state=State.FAILED, traceback="")}
        return results

    def _run(
        self,
        wanted: Callable[[str, int], bool],
        unloadable: Mapping[str, Unloadable],
        engine: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> Outcome:
        """The checks that are ``wanted``, by name and task, on ``files``, by default the student's.

        Raises ``NoChecks`` unless each of them has a result.
        """
        modules = sorted(map(str, self._lab.folder.glob(CHECKS)))
        if engine:
            modules.append(str(self._lab.folder / ENGINE_CHECKS))
        files = {**(files or self._files), **{name: self._reference[name] for name in unloadable}}
        lost = {task: one for name, one in unloadable.items() for task in self._tasks_of(name)}
        with Student(self._lab, files, self._level) as student:
            collector = Collector(student, self._files, wanted, lost)
            status = pytest.main([*OPTIONS, "--rootdir", str(self._lab.folder), *modules], [collector])
            if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
                raise NoChecks(f"the checks in {self._lab.folder} could not be run: pytest ended with {status!r}")
            results = {result.name: result for result in collector.results}
            return Outcome(results, student.printed(), collector.suspicious)

    def _tasks_of(self, name: str) -> set[int]:
        return {task.number for task in self._lab.tasks if Path(task.reference).name == name}


def _lost(result: Result, one: Unloadable) -> Result:
    return replace(result, state=State.FAILED, lost=True, got=one.reason, likely="")


def _failing(results: Mapping[str, Result]) -> set[int]:
    """The tasks in which something is not right."""
    return {one.task for one in results.values() if one.state not in (State.PASSED, State.SKIPPED)}


def _is_telling(result: Result, ran: Outcome) -> bool:
    """Whether it says something about the task: not if the reference's part does not work in the student's file."""
    return result.state is not State.BROKEN and (result.disturbed or result.name not in ran.suspicious)


def _numbered(tasks: set[int]) -> str:
    numbers = list(map(str, sorted(tasks)))
    return f"task{'s' if len(numbers) > 1 else ''} {' and '.join(filter(None, [', '.join(numbers[:-1]), numbers[-1]]))}"


def run_checks(
    lab: Lab, files: dict[str, bytes], level: Level = Level.OPEN, task: int | None = None, engine: bool = False
) -> Report:
    """Run the checks on a student's ``files``; see ``Checking.report``. Raises ``NoChecks``."""
    return Checking(lab, files, level).report(task, engine)


class Lifeline(threading.Thread):
    """Ends this process and all below it when the process that started it is gone, and leaves no file."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(daemon=True)
        self._scratch = scratch
        self._cut = threading.Event()

    def run(self) -> None:
        os.read(0, 1)  # not through sys.stdin, which Python could then not close at its end
        self._cut.set()
        last = time.monotonic() + END_SECONDS
        self._remove_all()
        # The checks in progress may start one more process, with files for it.
        while self._scratch.exists() and time.monotonic() < last:
            self._remove_all()
        os._exit(1)

    def _remove_all(self) -> None:
        end_descendants()
        cgroup.remove_leftovers(self._scratch.name)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def wait_if_cut(self) -> None:
        """Do not end before everything is removed: the checks end at once when the student's process has."""
        if self._cut.is_set():
            self.join()


def main() -> None:
    request = json.loads(sys.stdin.readline())
    lifeline = Lifeline(Path(request["scratch"]))
    lifeline.start()
    sys.dont_write_bytecode = True
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lab = read_lab(Path(request["lab"]))
    files = {name: base64.b64decode(content) for name, content in request["files"].items()}
    try:
        report = run_checks(lab, files, Level(request["level"]), request["task"], request["engine"])
    finally:
        lifeline.wait_if_cut()
    output.write(report.to_json())
    output.close()


if __name__ == "__main__":
    main()
