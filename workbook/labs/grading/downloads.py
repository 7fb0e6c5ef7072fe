"""The forms in which learning platforms deliver submissions: whose each file is, which try, and whether late.

Moodle: mod/assign/classes/downloader.php of its source. Canvas: lib/content_zipper.rb of its source. Blackboard: its
help on "Download assignments". Brightspace: "Download all submissions". GitHub Classroom: what
``gh classroom clone student-repos`` makes. Google Classroom names what it copies for each student after the student.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from pathlib import PurePosixPath

from workbook.labs.grading.files import File

MONTH = r"(?P<month>[A-Z][a-z]{2})[a-z]*\.?"
CLOCK = r"(?P<clock>\d{1,2}:?\d\d ?[AP]M)"
FORMS = {
    "Moodle": re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?$"),
    "Blackboard": re.compile(
        r"^.+_(?P<id>[^_]+)_attempt_(?P<stamp>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))$"
    ),
    "Brightspace": re.compile(
        rf"^(?P<id>\d+)-\d+ - (?P<name>.+?) - {MONTH} (?P<day>\d{{1,2}}), (?P<year>\d{{4}}) {CLOCK}"
        r"(?: - (?P<file>.+))?$"
    ),
    "Canvas": re.compile(
        r"^(?P<name>[^_\W]\w*?)(?P<late>_LATE)?_(?P<id>\d+|(?<=anon_)\w{5}|(?<=anon_LATE_)\w{5})"
        r"_(?:\d+_(?P<file>.+)|(?P<text>(?:text|link)\.html))$"
    ),
}
# Others' files can look like this, too: it counts only if all do.
GOOGLE = re.compile(r"^(?P<name>[^\W\d_][^/]*?) - (?P<file>[^/]+\.\w+)$")
RECEIPT_NAME = re.compile(r"^Name: (?P<name>.+) \((?P<id>[^()]*)\)\s*$", re.MULTILINE)
RECEIPT_BYTES = 64 * 1024
NAME_CHARACTERS = 500
PAGES = {"index.html"}  # which Brightspace adds


@dataclass
class Handed:
    """What one student handed in, in one try. ``id`` is the platform's own for the student; ``late`` is what it
    says."""

    name: str
    files: list[File]
    id: str = ""
    when: datetime | None = None
    late: bool = False
    earlier: list[str] = field(default_factory=list)  # the other tries, which do not count


@dataclass(frozen=True)
class Part:
    """What a name in a download says: who, when, and the original name of the file."""

    form: str
    name: str
    id: str
    file: str
    when: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class Entry:
    """An entry of a class's folder: a folder with its files, or one file."""

    name: str
    is_folder: bool
    files: list[File]
    is_repository: bool = False


def part_of(name: str) -> Part | None:
    """What the name of a file or folder says, if it comes from a platform other than Google's."""
    for form, pattern in FORMS.items():
        if found := pattern.match(name[:NAME_CHARACTERS]):
            fields = found.groupdict()
            who = fields.get("name") or fields["id"]
            file = fields.get("file") or fields.get("text") or ""
            return Part(form, who, fields["id"], file, _when(fields), bool(fields.get("late")))
    return None


def is_download(files: Iterable[File]) -> bool:
    """Whether an archive is a whole class's: most names in it are a platform's, perhaps inside one folder."""
    tops = {path.parts[0] for path in without_common_folder([file.path for file in files]) if path.parts}
    return sum(bool(part_of(name)) for name in tops) * 2 > len(tops - PAGES)


def without_common_folder(paths: list[PurePosixPath]) -> list[PurePosixPath]:
    """The paths below the folder that all of them are in, if there is one and no platform has named it."""
    tops = {path.parts[0] for path in paths if path.parts}
    if len(tops) == 1 and all(len(path.parts) > 1 for path in paths) and not part_of(*tops):
        return [PurePosixPath(*path.parts[1:]) for path in paths]
    return paths


def read_forms(entries: list[Entry], folder_name: str) -> tuple[str, list[Handed]]:
    """The platform that the entries come from, or "", and what each student handed in; if there are several tries, the
    latest."""
    parts = {entry.name: part_of(entry.name) for entry in entries}
    forms = Counter(part.form for part in parts.values() if part)
    if forms:
        form = forms.most_common(1)[0][0]
        return form, _by_student([entry for entry in entries if entry.name not in PAGES], parts)
    if prefix := _github_prefix(entries, folder_name):
        named = [(entry.name.removeprefix(prefix), entry) for entry in entries]
        return "GitHub Classroom", [Handed(name, entry.files, name if entry.is_folder else "") for name, entry in named]
    google = {entry.name: GOOGLE.match(entry.name) for entry in entries if not entry.is_folder}
    if google and len(google) == len(entries) and all(google.values()):
        found = {name: Part("Google Classroom", one["name"], one["name"], one["file"]) for name, one in google.items()}
        return "Google Classroom", _by_student(entries, found, with_id=False)
    return "", [Handed(entry.name, entry.files) for entry in entries]


def _by_student(entries: list[Entry], parts: dict[str, Part | None], with_id: bool = True) -> list[Handed]:
    """One for each student and each entry that is nobody's, in the order of their names."""
    tries: dict[tuple, Handed] = {}
    names: dict[str, str] = {}
    for entry in entries:
        part = parts[entry.name]
        if part is None:
            tries[(entry.name,)] = Handed(entry.name, entry.files)
            continue
        if part.form == "Blackboard" and not part.file:
            names |= _receipt(entry.files[0], part.id)
        # Moodle's number is only for this assignment; its worksheet names the student by it.
        who = f"Participant {part.id}" if part.form == "Moodle" else part.id
        handed = Handed(part.name, [], who if with_id else "", part.when, part.late)
        one = tries.setdefault((part.id, part.when), handed)
        one.files += [] if part.form == "Blackboard" and not part.file else list(_renamed(entry, part))
    for one in tries.values():
        one.name = names.get(one.id, one.name)
    return _latest(tries)


def _latest(tries: dict[tuple, Handed]) -> list[Handed]:
    latest: dict[str, Handed] = {}
    for (who, *_), one in sorted(tries.items(), key=lambda item: (item[0][0], item[1].when or datetime.min)):
        if who in latest:
            before = latest[who]
            one.earlier = [*before.earlier, str(before.when)]
        latest[who] = one
    return sorted(latest.values(), key=lambda one: one.name)


def _renamed(entry: Entry, part: Part) -> Iterable[File]:
    """The files of an entry under the names that the student gave them."""
    if entry.is_folder or not part.file:
        return entry.files
    (file,) = entry.files
    return [File(PurePosixPath(part.file), file.read, file.changed)]


def _receipt(file: File, user: str) -> dict[str, str]:
    """The name in the text that Blackboard adds to each try."""
    found = RECEIPT_NAME.search(file.read(RECEIPT_BYTES).decode(errors="replace"))
    return {user: found["name"]} if found else {}


def _github_prefix(entries: list[Entry], folder_name: str) -> str:
    """The assignment's name at the start of all folder names, or "" if these are not a class's repositories.

    A class's repositories are in a folder that is named after the assignment.
    """
    folders = [entry for entry in entries if entry.is_folder]
    names = [entry.name for entry in folders]
    prefix = folder_name.removesuffix("-submissions") + "-"
    if names and folder_name.endswith("-submissions") and all(name.startswith(prefix) for name in names):
        return prefix
    if len(names) > 1 and all(entry.is_repository for entry in folders):
        first, last = min(names), max(names)  # what these two begin with, all of them begin with
        shared = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        return "".join(letter for letter, _ in shared).rpartition("-")[0] + "-"
    return ""


def _when(fields: dict[str, str | None]) -> datetime | None:
    try:
        if fields.get("stamp"):
            return datetime.strptime(fields["stamp"], "%Y-%m-%d-%H-%M-%S")
        if fields.get("month"):
            clock = fields["clock"].replace(":", "").replace(" ", "").zfill(6)
            text = f"{fields['year']} {fields['month']} {fields['day']} {clock}"
            return datetime.strptime(text, "%Y %b %d %I%M%p")
    except ValueError:
        pass
    return None
