"""A class graded from the command line, in the way a test says."""

from __future__ import annotations

import csv
import html
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.labs.answers import LABS
from tests.labs.hostile import GUARD, HOSTILE
from workbook.labs.authoring.starter import reference_files, starter_files

LAB = next(lab for lab in LABS if lab.number == "04")
REFERENCE, STARTER = reference_files(LAB), starter_files(LAB)
FUTURE = "from __future__ import annotations\n"
SECONDS = 1800  # against hanging: the whole class of hostile submissions takes a minute or two

# Turns a command into the one that runs it: it gets the folders that it has to write to.
As = Callable[..., list[str]]


def as_we_are(command: list[str], *_: Path) -> list[str]:
    return command


def grade(
    folder: Path,
    out: Path,
    *options: str,
    run_as: As = as_we_are,
    environment: Mapping[str, str] | None = None,
    course: Path = ROOT,
) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "workbook", "grade", str(folder), "--out", str(out), *options]
    plain = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            run_as(command, out, Path(home)),
            cwd=course,
            env={**plain, "HOME": home, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def put(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")


def hostile(attack: str) -> dict[str, str]:
    """An answer that has solved nothing, with the attack in front."""
    assert FUTURE in STARTER["preprocessing.py"]
    return {**STARTER, "preprocessing.py": STARTER["preprocessing.py"].replace(FUTURE, FUTURE + attack)}


def known(out: Path, port: str, start: str) -> str:
    """What an attack is told."""
    return f"OUT, PORT, START = {str(out)!r}, {port}, {start!r}\n"


@dataclass(frozen=True)
class Graded:
    """A class of hostile submissions around two honest ones, graded; and what was on the machine afterwards."""

    done: subprocess.CompletedProcess
    hostile: tuple[str, ...]
    folder: Path
    out: Path
    canary: str
    left: set[Path]
    seconds: float

    @property
    def rows(self) -> dict[str, dict[str, str]]:
        return rows(self.out)

    def printed(self, name: str) -> str:
        """With what else is on its page: of one that ran out of time no result is kept."""
        return html.unescape((self.out / "reports" / f"{name}.html").read_text(encoding="utf-8"))


def hurried_course(folder: Path) -> Path:
    """The course with less time for lab 04: what never ends is to be ended here, and the lesson is the same sooner.

    On a busy machine an attack that searches all of a container's files can take more than a second.
    """
    for name in ("notebooks", "pipeline"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(ROOT / "server", folder / "server", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(LAB.folder, folder / "labs" / LAB.name)
    with (folder / "labs" / LAB.name / "lab.toml").open("a") as file:
        file.write("\n[limits]\nseconds = 4\ntotal_seconds = 6\n")
    return folder


@contextmanager
def graded_class(
    port: str, run_as: As, environment: Mapping[str, str], attacks: tuple[str, ...] = (*HOSTILE,)
) -> Iterator[Graded]:
    """Grade it. ``port`` is one of this machine at which something listens."""
    with tempfile.TemporaryDirectory(prefix="class-") as place:
        base = Path(place)
        base.chmod(0o755)
        folder, out, scratch, canary = base / "class", base / "graded", base / "scratch", base / "canary.txt"
        for path in (folder, out, scratch):
            path.mkdir()
        canary.write_text("alive")
        for name in attacks:
            put(folder / name, hostile(GUARD + known(out, port, "/") + HOSTILE[name]))
        put(folder / "honest", REFERENCE)
        put(folder / "zz_honest", REFERENCE)
        put(folder / "linked", {name: source for name, source in REFERENCE.items() if name != "routes.py"})
        (folder / "linked" / "routes.py").symlink_to(ROOT / "server" / "routes.py")
        started = time.monotonic()
        done = grade(
            folder,
            out,
            "--lab",
            "04",
            "--jobs",  # most of them wait until their time is over
            "6",
            run_as=lambda command, *folders: run_as(command, *folders, scratch),
            environment={"TMPDIR": str(scratch), **environment},
            course=hurried_course(base / "course"),
        )
        seconds = time.monotonic() - started
        yield Graded(done, attacks, folder, out, canary.read_text(), set(scratch.glob("workbook-*")), seconds)
