"""What a lab is: the folder ``labs/NN_topic/`` and its ``lab.toml``. To add a lab, add a folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbook.errors import UserError
from workbook.paths import WORK, course_folder

LABS = "labs"
MANIFEST = "lab.toml"
NOTEBOOK = "lab.ipynb"
TIERS = 3  # of hints: a question, a pointer, nearly the answer


class BadLab(UserError):
    """A ``lab.toml`` that cannot be used. The message names it and says what is wrong."""


@dataclass(frozen=True)
class Task:
    """What the student writes: ``function`` of the file ``reference``, and the hints for it.

    In a file that is not Python, ``function`` names another kind of part: a section of a Dockerfile, a key of a YAML
    file.
    """

    number: int
    title: str
    reference: str
    function: str
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What the student's code may use.

    ``seconds`` for one call and ``total_seconds`` for all; ``megabytes`` of memory, for all its processes together;
    ``address_megabytes`` of addresses for each of them; ``processes``, including threads.
    """

    seconds: float = 5.0
    total_seconds: float = 30.0
    megabytes: int = 1024
    address_megabytes: int = 4096
    processes: int = 24


@dataclass(frozen=True)
class Lab:
    """A lab: its folder, what ``lab.toml`` says, and where the student's copy of it goes."""

    folder: Path
    title: str
    notebook: str
    minutes: tuple[int, int]
    packages: tuple[str, ...]
    tasks: tuple[Task, ...]
    files: tuple[str, ...]
    preload: tuple[str, ...]  # libraries that are imported ahead of the student's code, before time counts
    limits: Limits

    @property
    def number(self) -> str:
        return self.folder.name[:2]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def course(self) -> Path:
        return self.folder.parent.parent

    @cached_property
    def references(self) -> tuple[str, ...]:
        """The files of the course from which the tasks are taken, in the order of the tasks."""
        return tuple(dict.fromkeys(task.reference for task in self.tasks))

    @property
    def work(self) -> Path:
        """Where the student works: ``work/labs/NN_topic/``."""
        return self.course / WORK / LABS / self.name

    def student_files(self) -> tuple[str, ...]:
        """The names of the files that make up a student's answer."""
        return (*(Path(reference).name for reference in self.references), *self.files)


def every_lab(course: Path | None = None) -> list[Lab]:
    """All labs of the course, in order."""
    folder = (course or course_folder()) / LABS
    return [read_lab(path.parent) for path in sorted(folder.glob(f"[0-9][0-9]_*/{MANIFEST}"))]


def find_lab(number: str, course: Path | None = None) -> Lab:
    """The lab with this number: ``"4"``, ``"04"`` and ``"04_server"`` mean the same. Raises ``UserError``."""
    labs = every_lab(course)
    for lab in labs:
        if number.zfill(2) in (lab.number, lab.name):
            return lab
    raise UserError(f"no lab {number}; there are {', '.join(lab.number for lab in labs) or 'none'}")


def read_lab(folder: Path) -> Lab:
    """Read ``lab.toml``. Raises ``BadLab``."""
    path = folder / MANIFEST
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        tasks = tuple(_task(number, entry) for number, entry in enumerate(fields.pop("tasks"), start=1))
        limits = Limits(**fields.pop("limits", {}))
        low, high = fields.pop("minutes")
        lists = {name: tuple(fields.pop(name, ())) for name in ("files", "preload")}
        packages = tuple(fields.pop("packages"))
        return Lab(folder, minutes=(low, high), packages=packages, tasks=tasks, limits=limits, **lists, **fields)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadLab(f"{path} cannot be used: {type(error).__name__}: {error}") from error


def _task(number: int, entry: dict) -> Task:
    reference, _, function = entry["function"].partition(":")
    hints = tuple(hint.strip() for hint in entry["hints"])
    if not function or len(hints) != TIERS or not all(hints):
        raise ValueError(f'task {number}: expected function = "file:name" and {TIERS} hints that say something')
    return Task(number, entry["title"], reference, function, hints)
