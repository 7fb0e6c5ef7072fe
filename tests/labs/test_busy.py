"""A busy machine costs nobody a point: waits for a processor are known, and whoever was disturbed is graded again."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.labs.classroom import LAB
from workbook.labs.checks.results import Report, Result, State
from workbook.labs.grading import grades
from workbook.labs.grading.submissions import Submission
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.local import Local
from workbook.labs.sandbox.student import TOO_LARGE

HANG_SECONDS = 120
GRANDCHILDREN = """
import os, subprocess, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "while True: pass"])
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this system does not say who waits")
def test_the_waits_of_the_whole_family_are_pardoned():
    """In namespaces, the student's code is a grandchild of the process that was started."""
    process = subprocess.Popen(
        [sys.executable, "-c", GRANDCHILDREN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    local = Local(process)
    started = time.monotonic()
    try:
        while local.starved() < 1.0:  # three of them on one processor: two always wait
            assert time.monotonic() - started < HANG_SECONDS
            local.status()  # which waits a second for its end
    finally:
        local.end()


RIGHT = Result("a", "A", 1, 2, State.PASSED)
LATE = replace(RIGHT, state=State.FAILED, got="no answer within 5 s", disturbed=True)


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Grades one submission by a checker that gives these results, one after the other; None: it cannot be run."""

    def grade(*results: Result | None) -> grades.Grade:
        waiting = iter(results)

        def check(*_: object) -> Report:
            if (result := next(waiting)) is None:
                raise grades.CheckerFailed("the checks could not be run:\nTraceback\nOSError: no memory")
            return Report(LAB.name, (result,))

        monkeypatch.setattr(grades, "check_files", check)
        handed_in = [Submission("ada", "Ada", {"routes.py": b"x"})]
        done = []
        (one,) = grades.grade(LAB, handed_in, grades.Settings(tmp_path, 2, Level.OPEN), done.append)
        assert done == [one]
        assert list(waiting) == []
        return one

    return grade


@pytest.mark.parametrize("first", [LATE, None])
def test_who_was_disturbed_is_graded_again(graded, first):
    one = graded(first, RIGHT)
    assert (one.report.earned, one.problem) == (2, "")
    assert graded().report.earned == 2  # and that is kept


def test_what_is_killed_for_its_memory_is_not_said_to_be_slow(graded):
    killed = replace(LATE, likely=TOO_LARGE)
    assert f"even when it ran alone: {TOO_LARGE}; it is graded again" in graded(killed, killed).problem


@pytest.mark.parametrize("first", [LATE, None])
def test_what_stays_is_marked_and_not_kept(graded, first):
    one = graded(first, first)
    assert ("even when it ran alone" if first else "no memory") in one.problem
    assert "\n" not in one.problem
    assert graded(RIGHT).report.earned == 2
