"""Grades a class of right answers while other programs keep the processors busy, and counts what must be none.

    .venv/bin/python -m tests.labs.class_under_load --students 100 --load 8 --lab 04

Each answer is the reference or the alternative, handed in one of the ways in which students do; among them are things
that nobody can grade. Exit status 1 if a right answer has less than all points, or something has no row.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.labs.answers import LABS, alternative
from tests.labs.classroom import grade, rows
from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.starter import reference_files

BUSY = "while True: pass"
STRAY = {
    "stray.docx": b"PK\x03\x04",
    "stray.7z": b"7z\xbc\xaf\x27\x1c",
    "stray.rar": b"Rar!\x1a\x07",
    "stray.py": b"x = 1",
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--load", type=int, default=8, help="busy loops beside it")
    parser.add_argument("--lab", default="04")
    chosen = parser.parse_args()
    lab = next(lab for lab in LABS if lab.number == chosen.lab)
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place, "class"), Path(place, "graded")
        folder.mkdir()
        names = hand_in(lab, folder, chosen.students)
        for name, content in STRAY.items():
            (folder / name).write_bytes(content)
        started = time.monotonic()
        with busy(chosen.load):
            done = grade(folder, out, "--lab", lab.number)
        print(done.stdout, done.stderr, sep="")
        found = rows(out)
    below = [name for name in names if name in found and found[name]["points"] != found[name]["of"]]
    missing = [name for name in [*names, *STRAY] if name not in found]
    machine = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.0f}"
    print(f"lab {lab.number}, {len(names)} students, {chosen.load} busy loops, {machine}")
    print(f"right answers below full points: {len(below)} {below or ''}")
    print(f"entries without a row: {len(missing)} {missing or ''}")
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if below or missing else 0


def hand_in(lab: Lab, folder: Path, count: int) -> list[str]:
    """Put so many right answers into the folder; their names in the table."""
    answers = [reference_files(lab), alternative(lab)]
    for number in range(count):
        name, files = f"student{number:03}", answers[number % 2]
        if number % 3 == 0:
            put(folder / name, files)
        elif number % 3 == 1:
            put(folder / name / "work" / "labs" / lab.name, files)
        else:
            with zipfile.ZipFile(folder / f"{name}.ZIP", "w") as archive:
                for file, source in files.items():
                    archive.writestr(f"{name}/{file}", source)
    return [f"student{number:03}" for number in range(count)]


def put(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")


@contextmanager
def busy(count: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    sys.exit(main())
