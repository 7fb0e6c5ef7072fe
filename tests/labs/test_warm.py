"""A student's process that was forked is as one that was started, and where none can be forked, one is started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.labs.answers import LABS
from workbook.labs.authoring.manifest import Limits
from workbook.labs.authoring.starter import reference_files
from workbook.labs.sandbox import warm
from workbook.labs.sandbox.contents import INSIDE
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.local import Local
from workbook.labs.sandbox.student import NoAnswer, Student

LAB = replace(next(lab for lab in LABS if lab.number == "04"), preload=("colorsys",))
DRAWN = ("seeds",)
END_SECONDS = 60
# What a process can see of how it was started. `seeds` are drawn anew in each.
SEEN = """
import os, random, resource, signal, sys, tempfile, threading, time
import numpy


def seen():
    kinds = "AS", "CPU", "FSIZE", "CORE", "NOFILE", "STACK"
    names = [os.readlink(f"/proc/self/fd/{number}").partition(":")[0] for number in range(3)]
    return {
        "environment": dict(os.environ), "folder": os.getcwd(), "arguments": sys.argv, "path": sys.path,
        "limits": [resource.getrlimit(getattr(resource, f"RLIMIT_{kind}")) for kind in kinds],
        "files": names, "open": len(os.listdir("/proc/self/fd")), "threads": threading.active_count(),
        "leads": os.getsid(0) == os.getpid(), "main": sys.modules["__main__"].__file__,
        "wire": sys.modules["wire"].__file__, "temporary": tempfile.gettempdir(), "flags": list(sys.flags),
        "signals": [str(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE)],
        "course": sorted(name for name in sys.modules if name.split(".")[0] in ("workbook", "pipeline")),
        "loaded": "colorsys" in sys.modules,
        "seeds": [int(numpy.random.randint(1 << 30)), random.getrandbits(30)],
    }


def parent():
    return os.getppid()


def forked():
    with open(f"/proc/{os.getppid()}/cmdline") as command:
        return "zygote.py" in command.read()


def rest(seconds):
    time.sleep(seconds)


def end(status):
    os._exit(status)


def child():
    number = os.fork()
    if not number:
        signal.pause()
    return number
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux forks them")


@pytest.fixture
def place(monkeypatch):
    """Of the sockets: none is there yet, and what has one ends with the test."""
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder) / f"workbook-{os.geteuid()}"


def student(level: Level = Level.OPEN, **fields) -> Student:
    files = {name: source.encode() for name, source in reference_files(LAB).items()}
    return Student(replace(LAB, **fields), {**files, "payload.py": textwrap.dedent(SEEN).encode()}, level)


def call(one: Student, name: str, *arguments: object) -> object:
    return one.call(f"server.payload:{name}", *arguments)


def sockets(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.is_socket()]


def test_it_sees_what_one_that_was_started_sees(place, monkeypatch):
    def plain(one: Student) -> dict:
        seen = call(one, "seen")
        return {name: str(what).replace(str(one._folder), "") for name, what in seen.items() if name not in DRAWN}

    with student() as forked, student() as started:
        seen = plain(forked)
        monkeypatch.setattr(warm, "_possible", lambda: False)
        assert plain(started) == seen
        assert (call(forked, "forked"), call(started, "forked")) == (True, False)


def test_each_draws_numbers_of_its_own(place):
    with student() as one, student() as other:
        assert call(one, "parent") != call(other, "parent")  # forked both
        assert all(a != b for a, b in zip(call(one, "seen")["seeds"], call(other, "seen")["seeds"], strict=True))


def test_it_says_how_it_ended_and_the_next_call_has_a_new_one(place):
    with student() as one:
        assert call(one, "forked")
        with pytest.raises(NoAnswer, match="with status 7"):
            call(one, "end", 7)
        assert call(one, "forked")


def test_nothing_of_it_is_left(place):
    with student() as one:
        below, between = call(one, "child"), call(one, "parent")
        pids = [below, between, one._process._process.pid]
        processes = [psutil.Process(pid) for pid in pids]
    assert psutil.wait_procs(processes, END_SECONDS)[1] == []


def test_checks_that_are_killed_leave_nothing(place):
    code = """
import os, signal
from tests.labs.test_warm import call, student
with student() as one:
    print(call(one, "child"), call(one, "parent"), one._process._process.pid, flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as checks:
        processes = [psutil.Process(int(pid)) for pid in checks.stdout.readline().split()]
        assert len(processes) == 3
        checks.kill()
    assert psutil.wait_procs(processes, END_SECONDS)[1] == []


def test_one_serves_all_and_ends_without_its_socket(place):
    with student() as one:
        zygote = psutil.Process(call(one, "parent")).parent()
    with student() as other:
        assert psutil.Process(call(other, "parent")).parent() == zygote
    (socket,) = sockets(place)
    socket.unlink()
    assert psutil.wait_procs([zygote], END_SECONDS)[1] == []


def test_one_that_was_killed_is_replaced(place):
    with student() as one:
        psutil.Process(call(one, "parent")).parent().send_signal(signal.SIGKILL)
        assert call(one, "forked")  # what it has forked goes on
    with student() as fresh:
        assert not call(fresh, "forked")
    with student() as forked:
        assert call(forked, "forked")


@pytest.mark.parametrize("module", ["antigravity_that_is_nowhere", "sys;"])
def test_what_cannot_be_imported_ahead_is_started_afresh(place, module):
    with student(preload=(module,)) as one:
        assert not call(one, "forked")


def test_libraries_are_imported_before_time_counts_and_what_cannot_be_is_passed_over(tmp_path):
    for name in ("runner.py", "wire.py"):
        shutil.copy(INSIDE / name, tmp_path)
    (tmp_path / "slow_library.py").write_text("import time\ntime.sleep(0.5)\nprint('imported', flush=True)\n")
    (tmp_path / "broken_library.py").write_text("1 / 0\n")
    numbers = ("4000", "60", "0")
    ran = [sys.executable, tmp_path / "runner.py", *numbers, "nowhere", "broken_library", "slow_library"]
    assert subprocess.check_output(ran, input=b"", stderr=subprocess.STDOUT) == b"imported\nready\n"


@pytest.mark.parametrize("level", [Level.OPEN, Level.NAMESPACES])
def test_a_process_that_is_started_has_the_labs_libraries_as_a_forked_one(place, monkeypatch, level):
    monkeypatch.setattr(warm, "_possible", lambda: False)
    with student(level) as started:
        assert call(started, "seen")["loaded"]


@pytest.mark.parametrize("busy", [True, False])
def test_time_without_a_processor_does_not_count(place, monkeypatch, busy):
    monkeypatch.setattr(Local, "starved", lambda _: time.monotonic() if busy else 0.0)
    with student(limits=Limits(seconds=0.5, total_seconds=1)) as one:
        for _ in range(2):
            with contextlib.nullcontext() if busy else pytest.raises(NoAnswer):
                call(one, "rest", 1.5)


def test_a_folder_of_others_is_not_used(place):
    place.mkdir(mode=0o755)
    with student() as one:
        assert not call(one, "forked")
    assert list(place.iterdir()) == []


def test_the_closed_levels_start_each_afresh(place, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("the zygote was asked")

    from workbook.labs.sandbox import isolation, namespaces

    monkeypatch.setattr(warm, "start", refuse)
    monkeypatch.setattr(isolation, "fresh", lambda *_: None)
    monkeypatch.setattr(isolation, "Local", lambda *_: "fresh")
    monkeypatch.setattr(namespaces, "command", lambda *_: [])
    assert isolation.start(Level.NAMESPACES, LAB, place, None) == "fresh"
    with pytest.raises(AssertionError):
        place.mkdir()
        isolation.start(Level.OPEN, LAB, place, None)
