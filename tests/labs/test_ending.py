"""Whatever of a grading is killed, nothing that it has started goes on, and no folder stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.labs.classroom import hostile, put, rows
from tests.labs.ordinary import as_ordinary_user
from tests.labs.test_grading import NOWHERE, ordinary_user_may
from workbook.labs.sandbox import namespaces, warm

HANG_SECONDS = 120
LOOK_SECONDS = 0.05
# Two of its children leave it, one by way of a process that ends; and it never answers.
CLINGS = """
import os, sys, time
for between in (False, True):
    if os.fork() == 0:
        os.setsid()
        if not between or os.fork() == 0:
            os.execv(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(3600)", "clings"])
        os._exit(0)
time.sleep(3600)
"""
CLINGING = 2
OPEN = {**NOWHERE, "PATH": str(Path(sys.executable).parent)}  # there is no `unshare`, and no engine
LEVELS = {"namespaces": {}, "open": OPEN}
ENDS = {
    "killed": ("namespaces", signal.SIGKILL),
    "told to end": ("namespaces", signal.SIGTERM),
    "interrupted": ("namespaces", signal.SIGINT),
    "killed where all is open": ("open", signal.SIGKILL),
}


class Grading:
    """A grading under way, in which a submission clings: every process of it, by what it does."""

    def __init__(self, process: subprocess.Popen, place: Path) -> None:
        self.process = process
        self.place = place
        self.everybody: list[psutil.Process] = []
        last = time.monotonic() + HANG_SECONDS
        while len(self._with("clings")) < CLINGING:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < last
            time.sleep(LOOK_SECONDS)
            self.everybody = psutil.Process(process.pid).children(recursive=True)
        (self.grader,) = [one for one in (psutil.Process(process.pid), *self.everybody) if "grade" in self._said(one)]
        (self.checker,) = self._with("workbook.labs.checks.session")
        # That which has a lab's libraries, and nothing of a submission, may stay for the next; its forks may not.
        kept = [one for one in self._with(str(warm.ZYGOTE)) if one.ppid() == self.checker.pid]
        self.everybody = [one for one in self.everybody if one not in kept]

    def _with(self, word: str) -> list[psutil.Process]:
        return [one for one in self.everybody if word in self._said(one)]

    @staticmethod
    def _said(process: psutil.Process) -> list[str]:
        with suppress(psutil.Error):
            return process.cmdline() if "python" in process.name() else []
        return []

    def alive(self) -> list[psutil.Process]:
        return psutil.wait_procs(self.everybody, HANG_SECONDS)[1]

    def folders(self) -> list[str]:
        return [path.name for path in (self.place / "scratch").iterdir() if path.name.startswith("workbook-check-")]


@contextmanager
def grading(environment: dict[str, str], ordinary: bool = False, attack: str = CLINGS) -> Iterator[Grading]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        for name in ("scratch", "out", "home"):
            (place / name).mkdir()
        put(place / "class" / "clings", hostile(attack))
        command = [sys.executable, "-m", "workbook", "grade", str(place / "class"), "--out", str(place / "out")]
        command += ["--lab", "04", "--open"]
        homes = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR"), str(place / "home"))
        with subprocess.Popen(
            as_ordinary_user(command, *(place / name for name in ("scratch", "out", "home"))) if ordinary else command,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(place / "scratch"), **homes, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            under_way = Grading(process, place)
            try:
                yield under_way
            finally:
                for one in (*under_way.everybody, process):
                    with suppress(psutil.Error):
                        one.kill()


def at(level: str) -> dict[str, str]:
    """The environment in which a grading has that level."""
    if level == "namespaces" and not namespaces.available():
        pytest.skip("this machine allows no namespaces")
    return LEVELS[level]


@pytest.mark.parametrize("how", ENDS)
def test_a_grader_that_is_ended_leaves_nothing(how):
    level, number = ENDS[how]
    with grading(at(level)) as under_way:
        under_way.grader.send_signal(number)
        assert under_way.process.wait(HANG_SECONDS) != 0
        assert under_way.alive() == []
        assert under_way.folders() == []


@pytest.mark.parametrize("level", LEVELS)
def test_a_checker_that_is_killed_leaves_nothing_and_the_grading_goes_on(level):
    with grading(at(level)) as under_way:
        under_way.checker.kill()
        assert under_way.process.wait(HANG_SECONDS) == 0, under_way.process.stderr.read()
        assert under_way.alive() == []
        assert under_way.folders() == []
        assert "even when it ran alone" in rows(under_way.place / "out")["clings"]["problem"]  # it was tried again


@pytest.mark.parametrize("level", LEVELS)
def test_of_both_killed_at_once_only_a_folder_is_left_until_the_next_start(level):
    with grading(at(level)) as under_way:
        for one in (under_way.grader, under_way.checker):
            one.suspend()  # so that neither can do anything about the other's end
        for one in (under_way.checker, under_way.grader):
            one.kill()
        assert under_way.alive() == []
        assert under_way.folders() != []
        again = [sys.executable, "-c", "from workbook.labs.sandbox.scratch import *; remove_leftovers()"]
        subprocess.run(again, env={**os.environ, "TMPDIR": str(under_way.place / "scratch")}, cwd=ROOT, check=True)
        assert under_way.folders() == []


@pytest.mark.skipif(os.geteuid() != 0 or not ordinary_user_may(), reason="no other user's namespaces can be had here")
def test_the_grader_of_an_ordinary_user_that_is_killed_leaves_nothing():
    with grading({}, ordinary=True) as under_way:
        under_way.grader.kill()
        assert under_way.alive() == []
        assert under_way.folders() == []


def test_a_folder_that_somebody_holds_is_no_leftover(tmp_path, monkeypatch):
    from workbook.labs.sandbox import scratch

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch.scratch_folder() as one, scratch.scratch_folder() as other:
        (tmp_path / "workbook-check-link").symlink_to(one.folder)
        scratch.remove_leftovers()
        assert one.folder.is_dir()
        assert other.folder.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["workbook-check-link"]
