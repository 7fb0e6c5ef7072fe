"""Which of a student's files cannot be loaded, and why: a broken file must cost its own tasks and no others.

Each file is loaded alone among the reference's, so that whatever goes wrong is its own fault.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbook.labs.authoring.manifest import Lab, Task
from workbook.labs.authoring.starter import reference_files
from workbook.labs.sandbox.contents import DRIVERS
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.student import NoAnswer, Raised, Student

READERS = {".Dockerfile": "config_files:dockerfile", ".yaml": "config_files:yaml_file"}
NO_TASK = 0  # a file is read for no task: what is still to do in it is not a fault
ADVICE = {
    "ModuleNotFoundError": "a lab has the course's own packages and no others",
    "EOFError": "nobody answers input() during a check",
}


@dataclass(frozen=True)
class Unloadable:
    """Why a file cannot be used, in one line. ``itself``: it cannot be loaded; otherwise, what others import from it is
    missing, including the functions of the tasks ``absent``. ``disturbed`` as in ``NoAnswer``."""

    reason: str
    itself: bool = True
    disturbed: bool = False
    absent: tuple[Task, ...] = ()


def lacks_functions(lab: Lab, files: Mapping[str, bytes]) -> bool:
    """Whether a task's function seems to be missing from its file, judging by the text alone."""
    there = [(files[name], task) for task in lab.tasks if (name := Path(task.reference).name) in files]
    return any(
        f"def {task.function.rpartition('.')[2]}(".encode() not in content
        for content, task in there
        if task.reference.endswith(".py")
    )


def missing_files(lab: Lab, files: Mapping[str, bytes]) -> dict[str, Unloadable]:
    """The files with tasks in them that are missing."""
    names = [Path(reference).name for reference in lab.references]
    return {name: Unloadable(f"{name} is missing") for name in names if name not in files}


def broken_files(lab: Lab, files: Mapping[str, bytes], level: Level) -> dict[str, Unloadable]:
    """The files that are there and cannot be loaded, by name."""
    reference = {name: source.encode() for name, source in reference_files(lab).items()}
    there = [path for path in lab.references if Path(path).name in files]
    suspects = {}
    for path in there:
        name = Path(path).name
        others = {**files, **reference}
        if found := _found(lab, path, {**others, name: files[name]}, level):
            suspects[name] = found

    def stays(path: str) -> bool:
        """Whether it cannot be loaded beside the student's own files either, which it may rely on."""
        name = Path(path).name
        good = {other: content for other, content in files.items() if other == name or other not in suspects}
        return suspects[name].disturbed or _found(lab, path, {**reference, **good}, level) is not None

    return {Path(path).name: suspects[Path(path).name] for path in there if Path(path).name in suspects and stays(path)}


def _found(lab: Lab, path: str, files: Mapping[str, bytes], level: Level) -> Unloadable | None:
    """What goes wrong when the file that replaces the reference ``path`` is loaded, and then what imports it."""
    name = Path(path).name
    with Student(lab, files, level) as student:
        for number, (function, *arguments) in enumerate(_loads(lab, path)):
            try:
                student.call(function, *arguments)
                if number == 0 and (lacking := _lacking(lab, path, student)):
                    return lacking
            except NoAnswer as error:
                return Unloadable(f"{name} cannot be {_verb(path)}: {error}", number == 0, error.disturbed)
            except Raised as error:
                if number:
                    return Unloadable(f"others cannot import from {name} what they need: {error.message}", itself=False)
                return Unloadable(f"{name} cannot be {_verb(path)}: {_told(name, error, files[name])}")
    return None


def _lacking(lab: Lab, path: str, student: Student) -> Unloadable | None:
    """What is wrong if tasks' functions are missing from the file; None if all are there."""
    own = [task for task in lab.tasks if task.reference == path and path.endswith(".py")]
    absent = tuple(task for task in own if not _is_there(f"{_module(path)}:{task.function}", student))
    listed = " and no ".join(task.function for task in absent)
    why = f"{Path(path).name} has no {listed}: bring it back, under this name"
    return Unloadable(why, itself=False, absent=absent) if absent else None


def _is_there(place: str, student: Student) -> bool:
    """Whether there is such a function, and not only the abstract one of a base class."""
    try:
        student.call(f"{place}.__dir__")
    except Raised:
        return False
    try:
        student.call(f"{place}.__isabstractmethod__.__bool__")
    except Raised:
        return True
    return False


def _loads(lab: Lab, path: str) -> Iterator[tuple]:
    """The calls that load a file, and then everything that may import it."""
    if (suffix := Path(path).suffix) in READERS:
        yield READERS[suffix], path, NO_TASK
        return
    yield (f"{_module(path)}:__dir__",)
    others = [other for other in lab.references if other != path and other.endswith(".py")]
    drivers = sorted(driver.name for driver in lab.folder.glob(DRIVERS))
    yield from ((f"{_module(file)}:__dir__",) for file in (*others, *drivers))


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _verb(path: str) -> str:
    return "imported" if path.endswith(".py") else "read"


def _told(name: str, error: Raised, content: bytes) -> str:
    """What was raised, and on which line of the file; with a cure if there is one for all such errors."""
    if "SyntaxError" in error.kinds and (kind := _encoding_of(content)):
        return f"it is {kind}: save it as UTF-8"
    lines = [line for file, line, _ in error.where if file == name]
    place = f" (line {lines[-1]})" if lines else ""
    advice = [text for kind, text in ADVICE.items() if kind in error.kinds]
    if error.kinds[0] == "BadFile":  # its message begins with the name, which has just been said
        return re.sub(rf"^{re.escape(name)} (?=is |has )", "it ", error.message)
    return "; ".join([f"{error.kinds[0]}: {error.message}{place}", *advice])


def _encoding_of(content: bytes) -> str:
    """The encoding of a file that Python does not take for text; empty if it is UTF-8."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content:
        return "in UTF-16, or not text"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "not in UTF-8"
    return ""
