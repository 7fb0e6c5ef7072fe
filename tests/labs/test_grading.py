"""A class graded from the command line: honest work, and submissions that try to get points or to do harm."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.labs.answers import checked
from tests.labs.attempts import ATTEMPTS, COUNTED, REAL, attempting
from tests.labs.classroom import (
    LAB,
    REFERENCE,
    SECONDS,
    STARTER,
    Graded,
    as_we_are,
    grade,
    graded_class,
    hostile,
    known,
    put,
    rows,
)
from tests.labs.hostile import FORGE, HARMLESS, HOSTILE, KEPT_IN, OF_A_USER
from tests.labs.ordinary import USER, as_ordinary_user, can_become_ordinary
from workbook.errors import UserError
from workbook.labs.authoring.starter import answer_files
from workbook.labs.sandbox import container, isolation, namespaces
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.namespaces import USERS_FROM

OUTPUT_BYTES = 8 * 1024 * 1024
DISK_BYTES = 96 * 1024 * 1024
NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
WAYS = {"as the tests": (as_we_are, (*HOSTILE,))}


def ordinary_user_may() -> bool:
    """Whether the kernel lets an ordinary user have namespaces; asked of the kernel, not of the course."""
    probe = as_ordinary_user(["unshare", "--user", "--map-root-user", "--mount", "true"])
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


if os.geteuid() == 0 and ordinary_user_may():
    WAYS["as an ordinary user"] = (as_ordinary_user, (*KEPT_IN, *OF_A_USER))


@pytest.fixture(scope="module")
def needs_isolation() -> None:
    if not namespaces.available():
        pytest.skip("this machine allows no namespaces")


@pytest.fixture(scope="module")
def level() -> Level:
    return Level.NAMESPACES


@pytest.fixture(scope="module", params=WAYS)
def graded(request, served, needs_isolation) -> Iterator[Graded]:
    run_as, attacks = WAYS[request.param]
    with graded_class(served.rpartition(":")[2], run_as, {}, attacks) as graded:
        yield graded


def test_it_says_how_submissions_are_kept_apart(graded, level):
    assert graded.done.returncode == 0, graded.done.stderr
    assert graded.done.stdout.startswith(f"Each submission runs in {level.means}.")
    assert json.loads((graded.out / "grades.json").read_text())["isolation"] == level


def test_a_hostile_submission_gets_nothing(graded):
    names = [*graded.hostile, "linked"]
    assert {name: graded.rows[name]["points"] for name in names} == dict.fromkeys(names, "0")


def test_honest_ones_beside_them_get_every_point(graded):
    for name in ("honest", "zz_honest"):
        row = graded.rows[name]
        assert (row["points"], row["problem"]) == (row["of"], "")
        assert int(row["points"]) > 0


def test_a_link_out_is_not_followed_and_named(graded):
    assert "link" in graded.rows["linked"]["problem"]


def test_nothing_was_found_reached_or_left(graded, level):
    assert "FOUND 0 " in graded.printed("reads_the_checks")
    assert "REFERENCE 0 " in graded.printed("finds_the_reference")
    assert "CONNECTED" not in graded.printed("opens_a_socket")
    assert "HIDDEN 0" in graded.printed("hides_memory")
    assert graded.canary == "alive"
    number, came_through = re.search(r"ATTEMPTED (\d+) CAME THROUGH (.*)", graded.printed("attempts_much")).groups()
    assert int(number) == len(ATTEMPTS)
    assert set(ast.literal_eval(came_through)) <= (COUNTED if level is Level.CONTAINER else set())
    assert sorted(path.name for path in graded.folder.iterdir()) == sorted(
        [*graded.hostile, "honest", "zz_honest", "linked"]
    )
    assert all(list((graded.folder / name).iterdir()) for name in graded.hostile)
    kept = [path.read_text() for path in (graded.out / "results").glob("*.json")]
    assert not [text for text in kept if "not in a namespace" in text]
    assert graded.left == set()


def test_no_process_outlives_the_grading(graded):
    users = [(one, one.info["uids"].real) for one in psutil.process_iter(["uids"]) if one.info["uids"]]
    students = [one for one, user in users if user == USER or user >= USERS_FROM]
    # Those of a grading that goes on beside this one still have it above them; what was left has nobody.
    assert [student for student in students if not is_below_a_grading(student)] == []


def is_below_a_grading(process: psutil.Process) -> bool:
    try:
        said = {word for parent in process.parents() for word in parent.cmdline()}
        return "grade" in said or any("pytest" in word for word in said)
    except psutil.NoSuchProcess:
        return True  # it has ended meanwhile


def test_neither_time_nor_disk_ran_away(graded):
    assert graded.seconds < SECONDS
    assert 0 < int(graded.printed("fills_the_disk").partition("FILLED ")[2].split()[0]) <= DISK_BYTES
    assert sum(path.stat().st_size for path in graded.out.rglob("*") if path.is_file()) < OUTPUT_BYTES


def test_what_no_process_is_said_to_have_counts(graded):
    hoarded = [int(held) for held in re.findall(r"HOARDED (\d+)", graded.printed("hoards_in_sockets"))]
    assert all(held < LAB.limits.megabytes * 2**20 for held in hoarded)
    assert "ended by itself" in (graded.out / "reports" / "hoards_in_sockets.html").read_text(encoding="utf-8")


def test_a_page_for_each_student_explains(graded):
    page = (graded.out / "reports" / "exits_0.html").read_text(encoding="utf-8")
    assert "ended by itself with status 0" in page
    assert "0 of " in page
    assert (graded.out / "reports" / "honest.html").exists()
    assert "<script" not in (graded.out / "reports" / "raises_volumes.html").read_text(encoding="utf-8")


def test_equal_answers_are_a_place_to_look(graded):
    with (graded.out / "similarity.csv").open(encoding="utf-8-sig", newline="") as file:
        pairs = [(row["one"], row["other"], row["share"]) for row in csv.DictReader(file)]
    assert ("honest", "zz_honest", "1.00") in pairs


def test_the_attacks_are_real(tmp_path, served):
    """Where nothing holds them back, they find, write and reach what they are after: those that do no harm."""
    attacks = "".join(HOSTILE[name] for name in HARMLESS) + attempting(REAL)
    report = checked(LAB, hostile(known(tmp_path, served.rpartition(":")[2], str(ROOT)) + attacks), task=1)
    assert int(report.printed.partition("FOUND ")[2].split()[0]) > 0
    assert int(report.printed.partition("REFERENCE ")[2].split()[0]) > 0
    assert "CONNECTED ('127.0.0.1'" in report.printed
    assert "HIDDEN 16777216" in report.printed
    assert f"CAME THROUGH {REAL}" in report.printed
    assert (tmp_path / "grades.json").read_text() == '{"earned": 100}'
    forged = checked(LAB, hostile(FORGE + "wire.dump = lambda _: b'no JSON\\n'"), task=1)
    assert "something other than an answer" in forged.results[0].got


def test_an_ordinary_user_grades_in_namespaces_or_is_told_what_to_do():
    if not can_become_ordinary():
        pytest.skip("here the tests may not become another user, as root in an unprivileged container")
    with tempfile.TemporaryDirectory() as place:
        base, out = Path(place), Path(place, "graded")
        base.chmod(0o755)
        out.mkdir()
        put(base / "class" / "ada", REFERENCE)
        done = grade(base / "class", out, "--lab", "04", run_as=as_ordinary_user, environment=NOWHERE)
        if ordinary_user_may():
            assert done.stdout.startswith(f"Each submission runs in {Level.NAMESPACES.means}."), done.stderr
            assert rows(out)["ada"]["points"] == rows(out)["ada"]["of"]
        else:
            assert done.returncode == 2
            assert "add --open" in done.stderr


def test_archives_and_resuming(tmp_path, needs_isolation):
    folder, out = tmp_path / "class", tmp_path / "graded"
    put(folder / "ada", REFERENCE)
    about = {"lab": LAB.name, "name": "=HYPERLINK(<b>Grace</b>)"}
    with zipfile.ZipFile(folder / "grace.zip", "w") as archive:
        archive.writestr("submission.json", json.dumps(about))
        for name, source in REFERENCE.items():
            archive.writestr(f"04_server/{name}", source)
    put(tmp_path / "tarred", STARTER)
    with tarfile.open(folder / "edsger.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "tarred", "edsger")
    (folder / "broken.zip").write_bytes(b"no archive at all")
    done = grade(folder, out)
    assert done.returncode == 0, done.stderr
    first = rows(out)
    assert {name: row["points"] for name, row in first.items()} == {
        "ada": first["ada"]["of"],
        "broken": "0",
        "edsger": "0",
        "grace": first["ada"]["of"],
    }
    assert "could not be read" in first["broken"]["problem"]
    assert first["edsger"]["problem"] == "nothing has been done yet: every task is as in the starter"
    assert first["grace"]["name"].startswith("'=")
    assert "<b>" not in (out / "reports" / "grace.html").read_text(encoding="utf-8")

    # A second run grades only what is new: the others' results stay as they were written.
    kept = (out / "results" / "ada.json").stat().st_ino
    entry = json.loads((out / "results" / "ada.json").read_text())
    entry["problem"] = "marked by hand"
    (out / "results" / "ada.json").write_text(json.dumps(entry))
    (folder / "edsger.tar.gz").unlink()
    put(folder / "edsger", answer_files(LAB, (LAB.folder / "alternative.py").read_text(encoding="utf-8")))
    (tmp_path / "roster.csv").write_text("name,id\nada,17\nnobody,18\nbroken,19\n")
    done = grade(folder, out, "--roster", str(tmp_path / "roster.csv"))
    assert done.returncode == 0, done.stderr
    second = rows(out)
    assert (second["nobody"]["id"], second["nobody"]["problem"]) == ("18", "handed in nothing")
    most = second["ada"]["of"]
    canvas = (out / "import-canvas.csv").read_text(encoding="utf-8").splitlines()
    assert canvas[1:] == [f"    Points Possible,,,,,{most}", f"ada,,17,,,{most}", "nobody,,18,,,", "broken,,19,,,"]
    assert f"ada,17,{most}" in (out / "import-moodle.csv").read_text(encoding="utf-8")
    assert "broken" in (out / "overview.html").read_text(encoding="utf-8")
    assert (out / ".gitignore").read_text() == "*\n"
    assert second["ada"]["problem"] == "marked by hand"
    assert second["edsger"]["points"] == second["edsger"]["of"]
    assert kept

    # Without the roster, or with another class, nothing of the run before is left to be imported by mistake.
    (folder / "ada").rename(tmp_path / "ada")
    assert grade(folder, out).returncode == 0
    assert not list(out.glob("import-*")) and not (out / "reports" / "ada.html").exists()


def test_what_cannot_be_graded_is_one_line(tmp_path):
    (empty := tmp_path / "class").mkdir()
    (tmp_path / "a.txt").touch()
    for folder, options, message in (
        (tmp_path / "nowhere", (), "does not exist"),
        (tmp_path / "a.txt", (), "is not a folder"),
        (empty, ("--lab", "04"), "has no submission for lab 04"),
        (empty, (), "say which one with --lab"),
        (empty, ("--lab", "77"), "no lab 77"),
    ):
        done = grade(folder, tmp_path / "out", *options)
        assert done.returncode == 2
        assert message in done.stderr


def test_grades_go_into_no_folder_that_is_somebody_elses(tmp_path):
    handed_in, own = tmp_path / "class", tmp_path / "own"
    put(handed_in / "ada", REFERENCE)
    put(own, {".gitignore": "secret.txt\n"})
    (tmp_path / "file").touch()
    study = tmp_path / "study"  # with the names that a run of ours has, and a .gitignore of its own
    for name in ("results", "reports"):
        put(study / name, {"mine.html": "mine"})
    (study / ".gitignore").write_text("data/\n")
    for out, message in (
        (handed_in, "is in what was handed in"),
        (handed_in / "graded", "is in what was handed in"),
        (own, "has things other than grades"),
        (study, "has things other than grades"),
        (ROOT, "has things other than grades"),  # as --out "" names it
        (tmp_path / "file", "is a file"),
    ):
        done = grade(handed_in, out, "--lab", "04")
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
    assert (own / ".gitignore").read_text() == "secret.txt\n"
    assert (study / "reports" / "mine.html").read_text() == "mine"
    assert [path.name for path in handed_in.iterdir()] == ["ada"]


def test_the_first_level_that_there_is_is_taken(monkeypatch):
    for here, engine, level in ((True, True, "namespaces"), (True, False, "namespaces"), (False, True, "container")):
        monkeypatch.setattr(namespaces, "available", lambda here=here: here)
        monkeypatch.setattr(container, "available", lambda engine=engine: engine)
        assert isolation.choose(open_allowed=True) == level
    monkeypatch.setattr(container, "available", lambda: False)
    assert isolation.choose(open_allowed=True) is Level.OPEN
    with pytest.raises(UserError, match="add --open"):
        isolation.choose(open_allowed=False)
