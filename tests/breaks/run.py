"""Breaks the course in one place after another, in a copy of it, and says which tests caught it.

``breaks.toml`` beside this file holds the breaks. No test is worth more than what it catches: run this before and after
tests are changed, in the checkout that is meant, with that checkout's Python:

    make breaks                                       # all of them: some minutes
    make breaks ARGS=--list
    make breaks ARGS="exif-ignored labels-ignored"

First the named tests must pass as the course stands; then each break must make one of its tests fail. A break names no
folder of the code, but a text that stands in one place, and its tests by file and function: it outlives modules that
move. (Where two tests' files have one name: with the folder.)
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

BREAKS = Path(__file__).with_name("breaks.toml")
OPTIONS = ("-m", "", "-p", "no:cacheprovider", "-q", "--tb=line", "-rfEs")
# Importing them takes pytest longer than most of these tests, none of which needs them in its own process.
WITHOUT = [option for plugin in entry_points(group="pytest11") for option in ("-p", f"no:{plugin.name}")]
SECONDS = 900  # a break that takes its tests longer hangs them, which is no verdict
ALL_PASSED, TESTS_FAILED = 0, 1  # pytest's exit status; 2 is for what cannot even be collected


@dataclass(frozen=True)
class Break:
    """``old``, which stands once in the files named like ``files`` outside of ``tests/``, becomes ``new``; one of
    ``tests``, each ``test_file.py::test_function``, must fail of it."""

    name: str
    room: str
    old: str
    new: str
    tests: tuple[str, ...]
    files: str = "*.py"


@dataclass(frozen=True)
class Outcome:
    """What pytest said: its exit status (None if it had to be ended), the tests that failed, and what it printed."""

    status: int | None
    failed: tuple[str, ...]
    printed: str


class Unusable(Exception):
    """The breaks do not fit the course. The message says which and why."""


def main() -> int:
    options = _options()
    breaks = [one for one in read_breaks() if not options.names or one.name in options.names]
    if unknown := sorted(set(options.names) - {one.name for one in breaks}):
        raise Unusable(f"no break is named {', '.join(unknown)}: see --list")
    if options.list:
        print("\n".join(f"{one.room:32} {one.name:36} {' '.join(one.tests)}" for one in breaks))
        return 0
    course = Path(_git(Path.cwd(), "rev-parse", "--show-toplevel").strip())
    with tempfile.TemporaryDirectory(prefix="workbook-breaks-") as folder:
        survived = _try_all(breaks, copy_of(course, Path(folder) / "course"))
    print(f"{len(breaks)} breaks: {len(breaks) - len(survived)} caught")
    if survived:
        print(f"survived: {', '.join(survived)}")
    return 1 if survived else 0


def read_breaks() -> list[Break]:
    entries = tomllib.loads(BREAKS.read_text(encoding="utf-8"))["break"]
    return [Break(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def copy_of(course: Path, copy: Path) -> Path:
    """The course as it stands, without what is not under version control, in a repository of its own: some tests ask
    git for the files. Its environment is the one that runs this."""
    for name in _git(course, "ls-files", "-z").split("\0"):
        if (course / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(course / name, copy / name)
    _git(copy, "init", "--quiet")
    with (copy / ".git" / "info" / "exclude").open("a", encoding="utf-8") as exclude:
        exclude.write(".venv\n")
    _git(copy, "add", "--all")
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def texts_of(course: Path) -> dict[Path, str]:
    """All files of the course outside of ``tests/``, by their paths in it."""
    names = [name for name in _git(course, "ls-files", "-z").split("\0") if name and not name.startswith("tests/")]
    return {Path(name): _text(course / name) for name in names if (course / name).is_file()}


def place_of(one: Break, texts: dict[Path, str]) -> Path:
    """The one file of ``texts`` that has the break's text, once. Raises ``Unusable``."""
    places = [path for path, text in texts.items() if path.match(one.files) for _ in range(text.count(one.old))]
    if len(places) != 1:
        found = ", ".join(map(str, places)) or "nowhere"
        raise Unusable(f"{one.name}: its text must stand once in {one.files}; it stands in: {found}")
    return places[0]


def nodes_of(one: Break, copy: Path) -> list[str]:
    """The break's tests as pytest wants them, each found by its file's name. Raises ``Unusable``."""
    nodes = []
    for test in one.tests:
        file, _, function = test.partition("::")
        found = list((copy / "tests").rglob(file))
        if len(found) != 1:
            raise Unusable(f"{one.name}: {len(found)} files below tests/ are named {file}; expected one")
        if f"\ndef {function.partition('[')[0]}(" not in _text(found[0]):
            raise Unusable(f"{one.name}: {file} has no test {function}")
        nodes.append(f"{found[0].relative_to(copy).as_posix()}::{function}")
    return nodes


def run_tests(copy: Path, nodes: list[str]) -> Outcome:
    """Run them on the copy: whatever Python is started, it finds the copy's packages before the installed ones."""
    own = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", "pytest", *OPTIONS, *WITHOUT, *nodes]
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command, cwd=copy, env={**os.environ, **own}, stdout=printed, stderr=printed, start_new_session=True
        )
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = None
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    return Outcome(status, tuple(re.findall(r"^FAILED \S*/(\S+)", text, re.MULTILINE)), text)


def _try_all(breaks: list[Break], copy: Path) -> list[str]:
    """Print a line for each break; return the names of those that no test caught."""
    by_name = {one.name: one for one in breaks}
    texts = texts_of(copy)
    places = {one.name: copy / place_of(one, texts) for one in breaks}
    nodes = {one.name: nodes_of(one, copy) for one in breaks}
    started = time.monotonic()
    whole = run_tests(copy, list(dict.fromkeys(node for own in nodes.values() for node in own)))
    skipped = re.findall(r"^SKIPPED .*", whole.printed, re.MULTILINE)
    if whole.status not in (ALL_PASSED, TESTS_FAILED) or skipped:
        raise Unusable(f"the named tests must run before anything is broken:\n{whole.printed[-3000:]}")
    print(f"unbroken, {len(whole.failed)} tests fail: {time.monotonic() - started:.0f} s", flush=True)
    for name, own in nodes.items():
        if red := [test for test in whole.failed for node in own if test.startswith(node.rpartition("/")[2])]:
            print(f"PROVES NOTHING: {name}, for without it, too, {red[0]} fails", flush=True)
            del places[name]
    caught = {name for name in places if _caught(by_name[name], places[name], nodes[name], copy)}
    return [name for name in by_name if name not in caught]


def _caught(one: Break, path: Path, nodes: list[str], copy: Path) -> bool:
    text = _text(path)
    broken = text.replace(one.old, one.new)
    if path.suffix == ".py":
        compile(broken, path.name, "exec")  # what cannot be read is caught by anything
    started = time.monotonic()
    path.write_text(broken, encoding="utf-8", newline="")
    try:
        outcome = run_tests(copy, nodes)
    finally:
        path.write_text(text, encoding="utf-8", newline="")
    caught = outcome.status == TESTS_FAILED and bool(outcome.failed)
    verdict = "caught  " if caught else "SURVIVED"
    why = outcome.failed[0] if caught else f"pytest's exit status: {outcome.status}"
    print(f"{verdict} {one.room:32} {one.name:36} {time.monotonic() - started:4.0f} s  {why}", flush=True)
    if not caught and outcome.status != ALL_PASSED:
        print(outcome.printed[-1500:])
    return caught


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:  # a picture, a model
        return ""


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="BREAK", help="only these")
    parser.add_argument("--list", action="store_true", help="show the breaks, and break nothing")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as error:
        sys.exit(f"error: {error}")
