"""Which of the files that somebody handed in are the answer: the likeliest are taken, and the report says which.

Students hand in what they have: a folder of the lab, all of the course, ``work/`` with older copies in it, archives in
archives, files that a browser has renamed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from workbook.labs.authoring.manifest import LABS, MANIFEST, Lab
from workbook.labs.desk.archive import ABOUT
from workbook.labs.grading.files import (
    ARCHIVE_BYTES,
    ARCHIVES,
    FILE_BYTES,
    File,
    Unreadable,
    files_in_archive,
    is_archive,
    kind_of,
)

DEPTH = 3  # of archives in archives
MOST_ARCHIVES = 20  # in one submission
NAME_CHARACTERS = 255  # of a file, on any system
SHOWN = 5  # names of what was there instead
HEAD = 64 * 1024  # of a file of which nobody knows what it is
# Folders with older copies, or others' files.
OLDER = re.compile(r"(?i)^(kept|old.*|backup.*|bak|archived?|prev|previous|draft.*|trash|wrong|alternative|.*copy.*)$")
# What browsers, platforms and students add to a name: "a (1).py", "a-1.py", "a copy 2.py", "Copy of a.py".
# It never backtracks, or a name with many digits would take forever.
ADDED = r"(?:[ _-]*+(?:\(\d{1,3}\)|\d++|copy|copie|kopie|final|new|v\d++))*+"
BEFORE = r"(?:copy of |kopie von |copie de )?"


@dataclass
class Answer:
    """The files that are taken, by the lab's names for them, what ``workbook submit`` says about them, and what the
    instructor should know."""

    files: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seen: list[File] = field(default_factory=list)  # all that was there, or in its archive


@dataclass(frozen=True)
class Candidate:
    """A file that may be the one called ``wanted``: the lower its ``rank``, the likelier."""

    file: File
    wanted: str
    rank: tuple

    @property
    def is_older(self) -> bool:
        return any(OLDER.match(part) for part in self.file.path.parts[:-1])


class TooLarge(Unreadable):
    """A slip; what else is refused may be meant as an attack, as a link is, and costs the whole submission."""


def answer_in(files: Iterable[File], labs: list[Lab]) -> Answer:
    """The likeliest answer to one of ``labs`` among ``files``. Raises ``Unreadable``, and what the libraries raise.

    Loose files come first; otherwise the archive with the most of them, and of several the latest.
    """
    return _Search(labs).answer(list(files))


def is_wanted(name: str, labs: list[Lab]) -> bool:
    """Whether a file with this name can be one that a lab asks for."""
    return any(_pattern(wanted).match(name) for lab in labs for wanted in lab.student_files())


def asked_for(lab: Lab) -> str:
    """What to ask a student for, in a message."""
    return f"ask for {', '.join(lab.student_files())}, best as the archive of `workbook submit {lab.number}`"


class _Search:
    def __init__(self, labs: list[Lab]) -> None:
        self._labs = labs
        self._wanted = {name: _pattern(name) for lab in labs for name in lab.student_files()}
        self._archives = 0

    def answer(self, files: list[File], depth: int = 0) -> Answer:
        found = self._chosen(files)
        if found.files or depth == DEPTH:
            return found
        inner, refused = [], []
        for file in files:
            try:
                inner += filter(None, [self._inside(file, depth)])
            except Exception as error:  # there is no end to what the libraries raise for archives that somebody forged
                refused.append(Unreadable(f"{plain(file.name)}: {error or type(error).__name__}"))
        if refused and not any(answer.files for answer in inner):
            raise refused[0]
        if not inner:
            return found
        best = max(inner, key=lambda one: (len(one.files), one.about.get("time", "")))
        others = [one for one in inner if one is not best and one.files and one.files != best.files]
        if others:
            best.notes.append(f"{len(others) + 1} archives are in it; graded: {best.about['archive']}, the likeliest")
        return best

    def _inside(self, file: File, depth: int) -> Answer | None:
        """The answer in an archive; None if it is not an archive."""
        named = file.name.lower().endswith(ARCHIVES)
        if not named and not is_archive(file.name, file.read(HEAD)):
            return None
        content = file.read(ARCHIVE_BYTES + 1)
        if not is_archive(file.name, content):
            return None
        self._archives += 1
        if self._archives > MOST_ARCHIVES:
            raise Unreadable(f"there are more than {MOST_ARCHIVES} archives in it")
        answer = self.answer(files_in_archive(content), depth + 1)
        answer.about.setdefault("archive", file.name)
        return answer

    def _chosen(self, files: list[File]) -> Answer:
        """The likeliest of the loose files."""
        about = next((_about(file.read(FILE_BYTES)) for file in files if file.name == ABOUT), {})
        answer = Answer(about=about, seen=files)
        candidates = [one for file in self._of_students(files, answer) if (one := self._candidate(file))]
        counts = {folder: sum(one.file.path.parent == folder for one in candidates) for folder in _folders(candidates)}
        candidates.sort(key=lambda one: (*one.rank[:1], -counts[one.file.path.parent], *one.rank[1:]))
        chosen: list[tuple[Candidate, list[Candidate]]] = []
        too_large: list[TooLarge] = []
        only_older = all(one.is_older for one in candidates)
        for wanted in self._wanted:
            likely = [one for one in candidates if one.wanted == wanted and (only_older or not one.is_older)]
            if not likely:
                continue
            try:
                answer.files[wanted] = _content(likely[0])
                chosen.append((likely[0], [one for one in candidates if one.wanted == wanted]))
            except TooLarge as error:  # it costs its own tasks
                too_large.append(error)
        if too_large and not chosen:
            raise too_large[0]
        answer.notes += [*map(str, too_large), *_said(chosen)]
        return answer

    def _of_students(self, files: list[File], answer: Answer) -> list[File]:
        """Without what belongs to the course, if somebody handed in all of it, because the reference is in there,
        too."""
        for lab in self._labs:
            mark = f"{LABS}/{lab.name}/{MANIFEST}"
            roots = [file.path.as_posix().removesuffix(mark) for file in files if file.path.as_posix().endswith(mark)]
            if roots:
                own = f"{roots[0]}work/"
                theirs = [file for file in files if file.path.as_posix().startswith(own)]
                if not any(map(self._candidate, theirs)):
                    answer.notes.append(f"it is all of the course, without an answer in work/{LABS}/")
                return theirs
        return files

    def _candidate(self, file: File) -> Candidate | None:
        for wanted, pattern in self._wanted.items():
            if len(file.name) <= NAME_CHARACTERS and pattern.match(file.name):
                likeness = _likeness(file.name, wanted)
                in_lab = any(lab.name in file.path.parts for lab in self._labs)
                recent = -file.changed.timestamp() if file.changed else 0.0
                path = file.path.as_posix()
                return Candidate(file, wanted, (not in_lab, likeness, len(file.path.parts), recent, path))
        return None


def _likeness(name: str, wanted: str) -> int:
    """The lower, the likelier it is the one."""
    if name.lower() == wanted.lower():
        return 0 if name == wanted else 1
    return 2 if PurePosixPath(wanted).suffix in name.lower() else 3


def _pattern(wanted: str) -> re.Pattern:
    """The names that a file meant as ``wanted`` may have."""
    stem, ending = PurePosixPath(wanted).stem, PurePosixPath(wanted).suffix
    names = [rf"{BEFORE}{re.escape(stem)}{ADDED}{re.escape(ending)}"]
    if ending == ".py":
        # as saved by an editor that knows no other kind of file
        names.append(rf"{BEFORE}{re.escape(stem)}{ADDED}(?=[.]txt$)")
    if ending == ".Dockerfile":
        names += [rf"dockerfile{ADDED}", rf"dockerfile[.]{re.escape(stem)}", rf"{re.escape(stem)}[._ -]dockerfile"]
    if ending == ".yaml":
        names.append(rf"{BEFORE}(?:docker-)?{re.escape(stem)}{ADDED}[.]ya?ml")
    return re.compile(rf"(?i)^(?:{'|'.join(names)})(?:[.]txt)?$")


def _content(one: Candidate) -> bytes:
    content = one.file.read(FILE_BYTES + 1)
    if len(content) > FILE_BYTES:
        raise TooLarge(f"{one.file.name} is larger than {FILE_BYTES // 1024} kB")
    return content


def _said(chosen: list[tuple[Candidate, list[Candidate]]]) -> Iterator[str]:
    """What to say about the choices, each of them a file that was taken and all candidates for its name."""
    left = {}
    for taken, there in chosen:
        others = [one for one in there if one is not taken and _content(one) != _content(taken)]
        left |= dict.fromkeys(_shown(one) for one in others)
        ways_out = [one for one in [taken, *others] if one.file.path.is_absolute() or ".." in one.file.path.parts]
        if others and ways_out:
            raise Unreadable(f"there is more than one {taken.wanted}, and one name leads out of the archive")
    renamed = [taken for taken, _ in chosen if taken.file.name.lower() != taken.wanted.lower() or taken.is_older]
    if left or renamed:
        graded = [taken for taken, _ in chosen] if left else renamed
        yield f"graded: {_listed(map(_shown, graded))}{f', not {_listed(left)}' if left else ''}"


def _shown(one: Candidate) -> str:
    return plain(one.file.path.as_posix())


def _listed(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - SHOWN} more" if len(first) > SHOWN else ""
    return ", ".join(first[:SHOWN]) + more


def what_was_there(files: list[File], lab: Lab) -> str:
    """Why there is nothing to grade, and what to ask for."""
    if not files:
        return f"nothing is in it: {asked_for(lab)}"
    if len(files) == 1 and (kind := kind_of(files[0].read(HEAD))):
        return f"{plain(files[0].name)} is {kind}, which cannot be graded: {asked_for(lab)}"
    names = _listed(plain(file.path.as_posix()) for file in files)
    notebook = "; a notebook's cells are not an answer" if any(file.name.endswith(".ipynb") for file in files) else ""
    return f"no file of lab {lab.number} is in it, but {names}{notebook}: {asked_for(lab)}"


def plain(text: str) -> str:
    """Text that can be printed, in the usual composed form: no control characters, no halves of a character."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in composed)


def _folders(candidates: list[Candidate]) -> set[PurePosixPath]:
    return {one.file.path.parent for one in candidates}


def _about(content: bytes) -> dict[str, str]:
    """The page that `workbook submit` adds: whose it is, for which lab and when, as far as it says so."""
    try:
        about = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(about, dict):
        return {}
    return {name: plain(about[name])[:200] for name in ("name", "lab", "time") if isinstance(about.get(name), str)}
