"""A class's roster: whose a submission is, who handed in nothing, and the files that platforms import."""

from __future__ import annotations

import pytest

from workbook.errors import UserError
from workbook.labs.grading.roster import canvas_table, moodle_table, read_roster, with_everybody
from workbook.labs.grading.submissions import Submission

RIGHT, OTHER = {"routes.py": b"right"}, {"routes.py": b"other"}
ROSTERS = {
    "plain": "name,id\nAda Lovelace,u1\nInés García,u2\nTom Li,u3\n",
    "semicolons": "Name;ID\nLovelace, Ada;u1\nGarcia Ines;u2\nLi, Tom;u3\n",
    "moodle": "First name,Last name,ID number,Email address\n"
    "Ada,Lovelace,u1,a@x.org\nInés,García,u2,i@x.org\nTom,Li,u3,t@x.org\n",
    "worksheet": "Identifier,Full name,Grade,Feedback comments\nParticipant 4711,Ada Lovelace,,\n"
    "Participant 4712,Inés García,,\nParticipant 4713,Tom Li,,\n",
    "canvas": "Student,ID,SIS User ID,SIS Login ID,Section,Lab 04 (77)\n    Points Possible,,,,,24\n"
    '"Lovelace, Ada",12,u1,ada,A,\n"García, Inés",13,u2,ines,A,\n"Li, Tom",14,u3,tom,A,\n"Student, Test",15,,,A,\n',
}


@pytest.mark.parametrize("kind", ROSTERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_roster_gives_ids_and_rows_and_what_platforms_import(tmp_path, kind, encoding):
    (tmp_path / "roster.csv").write_bytes(ROSTERS[kind].encode(encoding))
    roster = read_roster(tmp_path / "roster.csv")
    there = [
        Submission("lovelaceada", "Ada", RIGHT),
        Submission("x", "Inés María García", RIGHT),
        Submission("eve", "Eve"),
    ]
    found, counted = with_everybody(roster, there)
    assert [one.id for one in found] == [roster.students[0].id, roster.students[1].id, "", roster.students[2].id]
    assert [one.name for one in found[:3]] == [roster.students[0].name, roster.students[1].name, "Eve"]
    assert "not in the roster" in found[2].problem
    assert found[3].problem == "handed in nothing"
    assert counted == [0, 1, 3]
    moodle, canvas = moodle_table(roster, "Lab 04", [24, 0, None]), canvas_table(roster, "Lab 04", [24, 0, None], 24)
    column = moodle[0].index("Grade" if kind == "worksheet" else "Lab 04")
    assert [row[column] for row in moodle[1:]] == [24, 0, ""] or [row[column] for row in moodle[1:]] == ["24", "0", ""]
    assert canvas[0] == [*["Student", "ID", "SIS User ID", "SIS Login ID", "Section"], canvas[0][-1]]
    assert canvas[0][-1] == ("Lab 04 (77)" if kind == "canvas" else "Lab 04")
    assert canvas[1] == ["    Points Possible", "", "", "", "", 24]
    assert [row[-1] for row in canvas[2:]] == [24, 0, ""]


def test_two_of_one_name_are_told_apart_by_their_ids(tmp_path):
    (tmp_path / "roster.csv").write_text("name,username\nAnna Berg,a1\nAnna Berg,a2\n")
    roster = read_roster(tmp_path / "roster.csv")
    there = [Submission("Anna Berg", "Anna Berg", RIGHT, id="a2"), Submission("Anna Berg", "Anna Berg", OTHER, id="a1")]
    found, counted = with_everybody(roster, there)
    assert counted == [1, 0]
    assert len(found) == 2


def test_of_two_of_one_name_that_nothing_tells_apart_nothing_false_is_said(tmp_path):
    (tmp_path / "roster.csv").write_text("name,id\nAnna Berg,a1\nAnna Berg,a2\nTom Li,t\n")
    there = [Submission("Anna Berg", "Anna Berg", RIGHT)]
    found, counted = with_everybody(read_roster(tmp_path / "roster.csv"), there)
    assert found[0].problem == "2 in the roster have this name (a1, a2): see whose it is"
    doubtful = "see which submission of this name is theirs"
    assert [one.problem for one in found[1:]] == [doubtful, doubtful, "handed in nothing"]
    assert counted == [1, 2, 3]


@pytest.mark.parametrize("content", ["", "Ada Lovelace\nBob\n", "points\n3\n"])
def test_a_roster_that_will_not_do_is_one_line(tmp_path, content):
    (tmp_path / "roster.csv").write_text(content)
    for name in ("roster.csv", "nowhere.csv"):
        with pytest.raises(UserError, match="no heading for names" if name == "roster.csv" else "cannot be read"):
            read_roster(tmp_path / name)
