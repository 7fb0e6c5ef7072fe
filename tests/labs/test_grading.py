"""A class graded from the command line: honest work, and submissions that try to get points or to do harm."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.labs.answers import LABS
from tests.labs.hostile import GUARD, HOSTILE
from workbook.labs import isolation
from workbook.labs.isolation import USERS_FROM
from workbook.labs.starter import answer_files, reference_files, starter_files

LAB = next(lab for lab in LABS if lab.number == "04")
REFERENCE, STARTER = reference_files(LAB), starter_files(LAB)
FUTURE = "from __future__ import annotations\n"
SECONDS = 300  # for the whole class of hostile submissions
OUTPUT_BYTES = 8 * 1024 * 1024


def grade(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "workbook", "grade", str(folder), "--out", str(out), *options]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def put(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")


def hostile(attack: str) -> dict[str, str]:
    assert FUTURE in STARTER["preprocessing.py"]
    return {**STARTER, "preprocessing.py": STARTER["preprocessing.py"].replace(FUTURE, FUTURE + attack)}


@pytest.fixture(scope="module")
def needs_isolation() -> None:
    if not isolation.closable():
        pytest.skip("this machine allows no namespaces")


@pytest.fixture(scope="module")
def graded(tmp_path_factory, served, needs_isolation):
    """A class of hostile submissions around two honest ones, graded; and how the machine was before and after."""
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("graded")
    canary = folder.parent / "canary.txt"
    canary.write_text("alive")
    for name, attack in HOSTILE.items():
        known = f"OUT = {str(out)!r}\nPORT = {served.rpartition(':')[2]}\n"
        put(folder / name, hostile(GUARD + known + attack))
    put(folder / "honest", REFERENCE)
    put(folder / "zz_honest", REFERENCE)
    put(folder / "linked", {name: source for name, source in REFERENCE.items() if name != "routes.py"})
    (folder / "linked" / "routes.py").symlink_to(ROOT / "server" / "routes.py")
    free = psutil.disk_usage(str(out)).free
    scratch = tmp_path_factory.mktemp("scratch")
    started = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(scratch))
        done = grade(folder, out, "--lab", "04")
    return {
        "done": done,
        "rows": rows(out),
        "out": out,
        "folder": folder,
        "canary": canary,
        "seconds": time.monotonic() - started,
        "filled": free - psutil.disk_usage(str(out)).free,
        "left": set(scratch.glob("workbook-*")),
    }


def test_it_says_how_submissions_are_kept_apart(graded):
    assert graded["done"].returncode == 0, graded["done"].stderr
    assert "Each submission runs in namespaces of its own" in graded["done"].stdout


@pytest.mark.parametrize("name", [*HOSTILE, "linked"])
def test_a_hostile_submission_gets_nothing(graded, name):
    assert graded["rows"][name]["points"] == "0"


def test_honest_ones_beside_them_get_every_point(graded):
    for name in ("honest", "zz_honest"):
        row = graded["rows"][name]
        assert (row["points"], row["problem"]) == (row["of"], "")
        assert int(row["points"]) > 0


def test_a_link_out_is_not_followed_and_named(graded):
    assert "link" in graded["rows"]["linked"]["problem"]


def test_nothing_was_found_reached_or_left(graded):
    printed = {path.stem: json.loads(path.read_text()) for path in (graded["out"] / "results").glob("*.json")}
    reports = {name: json.loads(entry["report"])["printed"] for name, entry in printed.items()}
    assert "FOUND []" in reports["reads_the_checks"]
    assert "CONNECTED" not in reports["opens_a_socket"]
    assert graded["canary"].read_text() == "alive"
    assert sorted(path.name for path in graded["folder"].iterdir()) == sorted(
        [*HOSTILE, "honest", "zz_honest", "linked"]
    )
    assert all(list((graded["folder"] / name).iterdir()) for name in HOSTILE)
    assert not [name for name, text in printed.items() if "not in a namespace" in text["report"]]
    assert graded["left"] == set()


def test_no_process_outlives_the_grading(graded):
    users = psutil.process_iter(["uids"])
    students = [process for process in users if process.info["uids"] and process.info["uids"].real >= USERS_FROM]
    # Those of another test that runs beside this one still have it above them; what was left has nobody.
    assert [student for student in students if not is_below_a_test(student)] == []


def is_below_a_test(process: psutil.Process) -> bool:
    try:
        return any("pytest" in " ".join(parent.cmdline()) for parent in process.parents())
    except psutil.NoSuchProcess:
        return True  # it has ended meanwhile


def test_neither_time_nor_disk_ran_away(graded):
    assert graded["seconds"] < SECONDS
    assert graded["filled"] < 200 * 1024 * 1024
    assert sum(path.stat().st_size for path in graded["out"].rglob("*") if path.is_file()) < OUTPUT_BYTES


def test_a_page_for_each_student_explains(graded):
    page = (graded["out"] / "reports" / "exits_0.html").read_text(encoding="utf-8")
    assert "ended by itself with status 0" in page
    assert "0 of " in page
    assert (graded["out"] / "reports" / "honest.html").exists()


def test_equal_answers_are_a_place_to_look(graded):
    with (graded["out"] / "similarity.csv").open(encoding="utf-8-sig", newline="") as file:
        pairs = [(row["one"], row["other"], row["share"]) for row in csv.DictReader(file)]
    assert ("honest", "zz_honest", "1.00") in pairs


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
    assert first["grace"]["name"].startswith("'=")
    assert "<b>" not in (out / "reports" / "grace.html").read_text(encoding="utf-8")

    # A second run grades only what is new: the others' results stay as they were written.
    kept = (out / "results" / "ada.json").stat().st_ino
    entry = json.loads((out / "results" / "ada.json").read_text())
    entry["problem"] = "marked by hand"
    (out / "results" / "ada.json").write_text(json.dumps(entry))
    (folder / "edsger.tar.gz").unlink()
    put(folder / "edsger", answer_files(LAB, (LAB.folder / "alternative.py").read_text(encoding="utf-8")))
    assert grade(folder, out).returncode == 0
    second = rows(out)
    assert second["ada"]["problem"] == "marked by hand"
    assert second["edsger"]["points"] == second["edsger"]["of"]
    assert kept


def test_what_cannot_be_graded_is_one_line(tmp_path):
    for folder, options, message in (
        (tmp_path / "nowhere", (), "is no folder"),
        (tmp_path, ("--lab", "04"), "has no submission for lab 04"),
        (tmp_path, (), "say which one with --lab"),
        (tmp_path, ("--lab", "77"), "no lab 77"),
    ):
        done = grade(folder, tmp_path / "out", *options)
        assert done.returncode == 2
        assert message in done.stderr


def test_without_namespaces_it_refuses_until_told(tmp_path, monkeypatch):
    from workbook.errors import UserError
    from workbook.labs import grading

    monkeypatch.setattr(isolation, "closable", lambda: False)
    with pytest.raises(UserError, match="add --open"):
        grading.choose_isolation(open_allowed=False)
    assert grading.choose_isolation(open_allowed=True) is False
