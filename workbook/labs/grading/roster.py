"""Who is in the class, from a file that a learning platform exports, and the grades in the form that it imports.

Moodle takes any CSV with a heading for what identifies a student and one for the grade (Grades, Import, CSV file), and
the worksheet of an assignment filled in. Canvas takes its own export (Grades, Import): the columns ``Student``, ``ID``,
``SIS User ID``, ``SIS Login ID``, ``Section``, then assignments, and a second row with the points possible.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from workbook.errors import UserError
from workbook.labs.grading.submissions import Submission, key_of, numbered

NAMES = ("name", "full name", "student", "student name")
FIRST, LAST = ("first name", "given name", "first"), ("last name", "surname", "family name", "last")
# What identifies a student, the most common first.
IDS = ("id number", "sis user id", "student id", "id", "orgdefinedid", "username", "sis login id", "login", "user id")
MAILS = ("email address", "email", "e-mail")
WORKSHEET = "identifier"  # of a Moodle assignment: "Participant 4711"
OTHER_IDS = (WORKSHEET, "github_username", "github username")
NOBODY = re.compile(r"(?i)^\s*(points possible|student, test|test student)")  # rows of a Canvas export
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Enrolled:
    """A student of the roster: ``row`` is their row, by lower-case headings."""

    name: str
    row: dict[str, str]

    @property
    def id(self) -> str:
        return next((self.row[column] for column in (*IDS, *MAILS, *OTHER_IDS) if self.row.get(column)), "")

    @property
    def marks(self) -> set[str]:
        """Everything except names by which a platform may call the student."""
        columns = (*IDS, *MAILS, *OTHER_IDS)
        return {self.row[column].casefold() for column in columns if self.row.get(column)}


@dataclass(frozen=True)
class Roster:
    """The students of a class, and the headings of the file as they are in it."""

    students: list[Enrolled]
    headings: list[str]

    def whose(self, names: Iterable[str], mark: str) -> list[int]:
        """The place in the list of the one student with this name, by the first of ``names`` that is only one
        student's; otherwise by ``mark``. Several places if nothing tells them apart, none if nobody has the name."""
        several: list[int] = []
        for name in names:
            for alike in (_is_called, _may_be_called):
                found = [place for place, one in enumerate(self.students) if alike(one.name, name)]
                if len(found) == 1:
                    return found
                several = several or found
        found = [place for place, one in enumerate(self.students) if mark.casefold() in one.marks]
        return found if len(found) == 1 else several


def read_roster(path: Path) -> Roster:
    """Read a CSV with a heading for names. Raises ``UserError``."""
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    first = text.partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text), delimiter=max(SEPARATORS, key=first.count)))
    headings = [heading.strip() for heading in rows[0]] if rows else []
    columns = [heading.casefold() for heading in headings]
    if not any(name in columns for name in (*NAMES, *LAST)):
        raise UserError(
            f"{path} has no heading for names: expected a CSV whose first line is, say, name,id, or has Moodle's "
            "First name and Last name, or Canvas's Student"
        )
    entries = [dict(zip(columns, map(str.strip, row), strict=False)) for row in rows[1:] if any(row)]
    students = [Enrolled(name, row) for row in entries if (name := _name_in(row)) and not NOBODY.match(name)]
    return Roster(students, headings)


def with_everybody(roster: Roster, submissions: list[Submission]) -> tuple[list[Submission], list[int | None]]:
    """The submissions, with the roster's ids and a row for each student who handed in nothing; and, for each student of
    the roster, the place of the submission that counts."""
    whose = [roster.whose((one.key, one.name), one.id) for one in submissions]
    counted: dict[int, int] = {}
    for number, places in enumerate(whose):
        place = places[0] if len(places) == 1 else None
        if place is not None and submissions[number].time >= submissions[counted.get(place, number)].time:
            counted[place] = number
    named = [_named(roster, one, whose[number], counted, number) for number, one in enumerate(submissions)]
    doubtful = {place for places in whose if len(places) > 1 for place in places}
    for place, student in enumerate(roster.students):
        if place not in counted:
            counted[place] = len(named)
            why = "see which submission of this name is theirs" if place in doubtful else "handed in nothing"
            named.append(Submission(key_of(student.name), student.name, problem=why, id=student.id))
    return numbered(named), [counted[place] for place in range(len(roster.students))]


def _named(roster: Roster, one: Submission, places: list[int], counted: dict[int, int], number: int) -> Submission:
    if not places:
        return one.noted("not in the roster")
    if len(places) > 1:
        ids = ", ".join(roster.students[place].id or "one without an id" for place in places)
        return one.noted(f"{len(places)} in the roster have this name ({ids}): see whose it is")
    student = roster.students[places[0]]
    known = replace(one, name=student.name, id=student.id or one.id)
    return known if counted[places[0]] == number else known.noted(f"another submission of {student.name} counts")


def moodle_table(roster: Roster, title: str, points: list[int | None]) -> list[list[object]]:
    """The rows that Moodle imports; ``points`` of each student of the roster, or None to write nothing."""
    columns = [heading.casefold() for heading in roster.headings]
    if WORKSHEET in columns and "grade" in columns:
        filled = [{**one.row, "grade": _cell(own)} for one, own in zip(roster.students, points, strict=True)]
        return [roster.headings, *([row.get(column, "") for column in columns] for row in filled)]
    known = [column for column in (*FIRST, *LAST, *NAMES, *IDS, *MAILS) if column in columns]
    heads = [roster.headings[columns.index(column)] for column in known]
    rows = [[one.row.get(column, "") for column in known] for one in roster.students]
    return [[*heads, title], *([*row, _cell(own)] for row, own in zip(rows, points, strict=True))]


def canvas_table(roster: Roster, title: str, points: list[int | None], most: int) -> list[list[object]]:
    """The rows that Canvas imports into its gradebook."""
    columns = [heading.casefold() for heading in roster.headings]
    there = [heading for heading in roster.headings if re.match(rf"(?i){re.escape(title)}\b", heading)]
    pairs = zip(roster.students, points, strict=True)
    rows = [[*_canvas_columns(one, "sis user id" in columns), _cell(own)] for one, own in pairs]
    return [[*CANVAS, there[0] if len(there) == 1 else title], [POINTS_POSSIBLE, "", "", "", "", most], *rows]


def _canvas_columns(one: Enrolled, is_export: bool) -> list[str]:
    if is_export:
        return [one.row.get(column.casefold(), "") for column in CANVAS]
    login = next((one.row[column] for column in ("username", "login", *MAILS) if one.row.get(column)), "")
    return [one.name, "", one.id if one.id != login else "", login, ""]


def _cell(points: int | None) -> object:
    return "" if points is None else points


def _name_in(row: dict[str, str]) -> str:
    whole = next((row[column] for column in NAMES if row.get(column)), "")
    parts = [next((row[column] for column in columns if row.get(column)), "") for columns in (FIRST, LAST)]
    return whole or " ".join(filter(None, parts))


def _words(name: str) -> list[str]:
    """The words of a name without case, accents and signs."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.replace("_", " "))


def _is_called(name: str, other: str) -> bool:
    """Whether two names are the same: "Lovelace, Ada", "Ada Lovelace", and "lovelaceada", as Canvas writes it."""
    one, two = _words(name), _words(other)
    turned = {"".join(one[start:] + one[:start]) for start in range(len(one))}
    return bool(one) and (sorted(one) == sorted(two) or "".join(two) in turned)


def _may_be_called(name: str, other: str) -> bool:
    """Whether one name has all two or more words of the other: a middle name is often left out."""
    one, two = set(_words(name)), set(_words(other))
    return min(len(one), len(two)) > 1 and (one <= two or two <= one)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
