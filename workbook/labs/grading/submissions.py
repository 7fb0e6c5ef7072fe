"""Submissions in a folder, or in the archive from a learning platform: each of them ends up in the list.

Only the files that a lab asks for are read from each; nothing is unpacked and no link is followed, so that nothing
outside a submission can be read through it. Whatever one of them does to the libraries that read it is its own problem:
the others are graded.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from workbook.labs.authoring.manifest import Lab
from workbook.labs.grading.candidates import Answer, answer_in, asked_for, is_wanted, plain, what_was_there
from workbook.labs.grading.downloads import Entry, Handed, is_download, read_forms, without_common_folder
from workbook.labs.grading.files import (
    ARCHIVE_BYTES,
    ARCHIVES,
    ENTRIES,
    FILE_BYTES,
    File,
    Unreadable,
    file_at,
    files_in_download,
    files_in_folder,
    is_clutter,
)

__all__ = ["ARCHIVE_BYTES", "ENTRIES", "FILE_BYTES", "Collection", "Submission", "collect", "collect_class", "of_lab"]

KEY_BYTES = 200  # it becomes a file name
PROBLEM_CHARACTERS = 600
OF_A_GRADING = ("grades.csv", "grades.json", "results", "reports")  # of a folder that an earlier grading has written


@dataclass(frozen=True)
class Submission:
    """One student's files by name. ``problem`` tells the instructor what is wrong with it or good to know.

    ``id`` is the student's on the platform that it comes from, or ``""`` if that is not known; ``time`` is when
    ``workbook submit`` made it. ``twin`` counts earlier submissions with the same key.
    """

    key: str
    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    lab: str = ""
    problem: str = ""
    id: str = ""
    time: str = ""
    twin: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of names and contents: equal answers have equal digests."""
        total = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            total.update(f"{name}\0{len(content)}\0".encode() + content)
        return total.hexdigest()

    @property
    def page(self) -> str:
        """The name of its files: no two are the same, not even if case is ignored."""
        return f"{self.key}-{self.twin + 1}" if self.twin else self.key

    def noted(self, note: str) -> Submission:
        return replace(self, problem="; ".join(filter(None, (self.problem, note))))


@dataclass(frozen=True)
class Collection:
    """What a class handed in; ``form`` is the platform that it comes from, or ``""``; ``clutter`` is nobody's."""

    submissions: list[Submission]
    form: str
    clutter: list[str]


def collect(folder: Path, labs: list[Lab]) -> list[Submission]:
    """Every submission in ``folder``, in the order of their names."""
    return collect_class(folder, labs).submissions


def collect_class(place: Path, labs: list[Lab]) -> Collection:
    """What was handed in: in a folder, or in an archive of a learning platform. Raises ``Unreadable`` for the latter.

    Names that differ only in case are the same name: on macOS and Windows, their pages would be the same file.
    """
    if place.is_dir():
        entries, name = list(_entries(place)), place.resolve().name
        clutter = sorted(path.name for path in place.iterdir() if _is_nobodys(path))
    else:
        entries, name, clutter = _entries_of(files_in_download(place)), place.stem, []
    form, handed = read_forms(entries, name)
    if not form:
        handed = [Handed(entry.name, entry.files) for entry in _with_whose(entries, labs)]
    submissions = numbered([_submission(one, labs) for one in handed])
    counts = Counter(one.key.casefold() for one in submissions)
    twice = "there is more than one of this name"
    marked = [one.noted(twice) if counts[one.key.casefold()] > 1 else one for one in submissions]
    return Collection(_told_apart(marked), form, clutter)


def numbered(submissions: list[Submission]) -> list[Submission]:
    """The submissions with ``twin`` set."""
    seen: Counter[str] = Counter()
    found = []
    for one in submissions:
        found.append(replace(one, twin=seen[one.key.casefold()]))
        seen[one.key.casefold()] += 1
    return found


def of_lab(submission: Submission, lab: Lab) -> Submission:
    """The submission as one for ``lab``, with a problem if it is not."""
    files = {name: content for name, content in submission.files.items() if name in lab.student_files()}
    one = replace(submission, files=files)
    if files and submission.lab in ("", lab.name):
        return one
    if files:
        return one.noted(f"it says that it is for lab {submission.lab}, and has files of lab {lab.number}")
    if submission.lab not in ("", lab.name):
        return one.noted(f"it is for lab {submission.lab}: {asked_for(lab)}")
    if submission.lab:
        return one.noted(f"it has none of the lab's files: {asked_for(lab)}")
    if submission.files:
        return one.noted(f"it has {', '.join(submission.files)}, of another lab: {asked_for(lab)}")
    return one


def _entries(folder: Path) -> Iterator[Entry]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if _is_nobodys(path):
            continue
        if path.is_dir() and not path.is_symlink():
            yield Entry(path.name, True, _listed(path), (path / ".git").exists())
        elif (download := _download(path)) is not None:
            yield from _entries_of(download)
        else:
            yield Entry(path.name, False, [file_at(path, PurePosixPath(path.name))])


def _listed(folder: Path) -> list[File]:
    try:
        return list(files_in_folder(folder))
    except RecursionError:  # os.walk is made that way
        return [_refused(PurePosixPath(folder.name), Unreadable("its folders are nested without end"))]
    except Unreadable as error:
        return [_refused(PurePosixPath(folder.name), error)]


def _refused(path: PurePosixPath, error: Unreadable) -> File:
    """A file that replaces what cannot be listed, so that it is reported like everything else."""

    def read(most: int) -> bytes:
        raise error

    return File(path.with_name(f"{path.name}{ARCHIVES[0]}"), read)


def _download(path: Path) -> list[File] | None:
    """The files of an archive that is a whole class's; None if it is not."""
    if not path.name.lower().endswith(".zip") or path.is_symlink() or not path.is_file():
        return None
    try:
        files = files_in_download(path)
    except Unreadable:
        return None
    return files if is_download(files) else None


def _entries_of(files: list[File]) -> list[Entry]:
    """The entries of a class's archive."""
    paths = without_common_folder([file.path for file in files])
    below: dict[str, list[File]] = {}
    folders = set()
    for file, path in zip(files, paths, strict=True):
        top, *inside = path.parts or ("_",)
        folders |= {top} if inside else set()
        below.setdefault(top, []).append(File(PurePosixPath(*inside or (top,)), file.read, file.changed))
    return [Entry(name, name in folders, inside) for name, inside in sorted(below.items())]


def _is_nobodys(path: Path) -> bool:
    """What a system or an earlier grading has put there."""
    inside = PurePosixPath(path.name)
    graded = path.is_dir() and all((path / name).exists() for name in OF_A_GRADING)
    return graded or is_clutter(inside) or is_clutter(inside / "x")


def _with_whose(entries: list[Entry], labs: list[Lab]) -> list[Entry]:
    """Loose files such as ``ada_routes.py``, as one entry for each name at the start."""
    wanted = sorted((name for lab in labs for name in lab.student_files()), key=len, reverse=True)
    pattern = re.compile(rf"(?i)^(?P<who>.+?)[ _.-]+(?P<file>{'|'.join(map(re.escape, wanted))})$")
    whose: dict[str, list[File]] = {}
    rest = []
    for entry in entries:
        found = None if entry.is_folder or is_wanted(entry.name, labs) else pattern.match(entry.name)
        if found:
            (file,) = entry.files
            whose.setdefault(found["who"], []).append(File(PurePosixPath(found["file"]), file.read, file.changed))
        else:
            rest.append(entry)
    return sorted([*rest, *(Entry(who, True, files) for who, files in whose.items())], key=lambda entry: entry.name)


def _submission(handed: Handed, labs: list[Lab]) -> Submission:
    key = key_of(handed.name)
    try:
        answer = answer_in(handed.files, labs)
    except Exception as error:  # there is no end to what the libraries raise for archives that somebody forged
        why = plain(f"it could not be read: {error or type(error).__name__}")[:PROBLEM_CHARACTERS]
        return Submission(key, key, problem=f"{why}: {asked_for(labs[0])}" if len(labs) == 1 else why, id=handed.id)
    about = answer.about
    problem = "; ".join(_notes(handed, answer, labs))[:PROBLEM_CHARACTERS]
    name = about.get("name") or plain(handed.name if handed.id else key)
    return Submission(key, name, answer.files, about.get("lab", ""), problem, handed.id, about.get("time", ""))


def _notes(handed: Handed, answer: Answer, labs: list[Lab]) -> Iterator[str]:
    yield from answer.notes
    if not answer.files and not answer.about.get("lab"):
        yield what_was_there(answer.seen, labs[0])
    if handed.late:
        yield "handed in late"
    if handed.earlier:
        tries = len(handed.earlier) + 1
        yield f"the latest of {tries} attempts counts, of {handed.when}; before: {', '.join(handed.earlier)}"


def key_of(name: str) -> str:
    """A name that files can have, without the ending of an archive."""
    for ending in ARCHIVES:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    name = plain(name).replace("/", "_").replace("\\", "_").encode()[:KEY_BYTES].decode(errors="ignore")
    return name if name.strip(". ") else f"_{name}"


def _told_apart(submissions: list[Submission]) -> list[Submission]:
    """With a note on those that claim to be the same student's: a student who handed in twice has a row for each."""
    same: dict[str, list[Submission]] = {}
    for one in submissions:
        if one.time:
            same.setdefault(one.name.casefold(), []).append(one)
    latest = {name: max(ones, key=lambda one: one.time) for name, ones in same.items() if len(ones) > 1}

    def told(one: Submission) -> Submission:
        last = latest.get(one.name.casefold()) if one.time else None
        if last is None:
            return one
        what = "the latest, which counts" if one is last else f"an earlier one: {last.key} counts"
        return one.noted(f"{one.name} handed in {len(same[one.name.casefold()])} archives; this is {what}")

    return [told(one) for one in submissions]
