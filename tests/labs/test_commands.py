"""The lab commands, as a student types them, in a course of their own."""

from __future__ import annotations

import os
import re
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.labs.answers import LABS
from tests.labs.cost import quick, spent
from workbook.labs.authoring.manifest import find_lab
from workbook.labs.authoring.points import points_of
from workbook.labs.authoring.starter import reference_files, starter_files

LAB = next(lab for lab in LABS if lab.number == "04")


@pytest.fixture
def desk(home: Path, workbook) -> Path:
    """The student's folder, with the lab started."""
    assert workbook("start", "4").returncode == 0
    return home / "work" / "labs" / LAB.name


def solve(desk: Path) -> None:
    for name, source in reference_files(LAB).items():
        (desk / name).write_text(source)


def test_start_puts_the_starter_there_and_says_what_to_do(workbook, home):
    done = workbook("start", "04")
    desk = home / "work" / "labs" / LAB.name
    assert {path.name: path.read_text() for path in desk.glob("*.py")} == starter_files(LAB)
    assert (desk / "lab.ipynb").read_bytes() == (LAB.folder / "lab.ipynb").read_bytes()
    for task in LAB.tasks:
        assert f"Task {task.number}: {task.title}: {task.function} in" in done.stdout
    assert "workbook check 04" in done.stdout


def test_nothing_that_was_written_is_overwritten(workbook, desk):
    (desk / "routes.py").write_text("# mine\n")
    for command in (("start", "04"), ("reset", "04")):
        done = workbook(*command)
        assert done.returncode == 2
        assert "--force" in done.stderr
        assert (desk / "routes.py").read_text() == "# mine\n"
    (desk / "notes.txt").write_text("mine, too")
    for _ in range(2):  # twice in a second: the second copy must not replace the first
        assert workbook("reset", "04", "--force").returncode == 0
    assert (desk / "routes.py").read_text() == starter_files(LAB)["routes.py"]
    kept = sorted((desk.parent / "kept").iterdir())
    assert len(kept) == 2
    assert [(kept[0] / name).read_text() for name in ("routes.py", "notes.txt")] == ["# mine\n", "mine, too"]
    assert re.fullmatch(r"04_server-\d{4}-\d\d-\d\d-\d{6}(-1)?", kept[0].name)


def test_check_shows_points_and_what_to_do_next(workbook, desk):
    done = workbook("check", "04")
    assert done.returncode == 1
    assert re.search(r"together\D+0/24", done.stdout)
    assert "Next: task 1, " in done.stdout
    assert "workbook hint 04 1" in done.stdout
    solve(desk)
    done = workbook("check", "04")
    assert done.returncode == 0
    assert re.search(r"together\D+24/24", done.stdout)
    assert "workbook submit 04" in done.stdout


def test_check_explains_before_the_table_and_gives_tracebacks_only_if_asked(workbook, desk):
    solve(desk)
    source = (desk / "preprocessing.py").read_text()
    (desk / "preprocessing.py").write_text(source.replace("np.float32(high)", "np.float32(high - None)"))
    done = workbook("check", "04", "--task", "1")
    explained, _, table = done.stdout.partition("Lab 04: ")
    assert table
    for word in ("got ", "read ", "TypeError", "preprocessing.py, line", "notebook 04, “Step 2"):
        assert word in explained
    assert "Traceback" not in done.stdout
    mine = (desk / "preprocessing.py").read_text().replace("    scaled =", "    print('a trace of mine')\n    scaled =")
    (desk / "preprocessing.py").write_text(mine)
    full = workbook("check", "04", "--task", "1", "--full").stdout
    assert "Traceback" in full
    assert "a trace of mine" in full


def test_check_takes_under_three_seconds_and_no_tensorflow(workbook, desk):
    solve(desk)
    most = quick()
    before = os.times()
    assert workbook("check", "04").returncode == 0
    assert spent(before) < most
    source = (desk / "preprocessing.py").read_text()
    refuse = '    import sys\n    assert not {"tensorflow", "keras"} & set(sys.modules)\n    scaled ='
    assert source.count("    scaled =") == 1
    (desk / "preprocessing.py").write_text(source.replace("    scaled =", refuse))
    assert workbook("check", "04").returncode == 0


def test_hints_come_one_by_one_and_are_remembered(workbook, desk):
    hints = LAB.tasks[1].hints
    for tier in (1, 2, 3, 3):
        shown = workbook("hint", "04", "2").stdout
        assert [hint in shown for hint in hints] == [index < tier for index in range(3)]
    assert "That was the last hint" in shown


def test_diff_shows_no_solution_before_all_checks_have_passed(workbook, desk):
    shown = workbook("diff", "04").stdout
    assert "when all checks have passed: workbook check 04" in shown
    assert "reference/" not in shown
    solve(desk)
    assert workbook("check", "04", "--task", "1").returncode == 0
    assert "when all checks have passed" in workbook("diff", "04").stdout


def test_diff_shows_where_they_part_then_the_source(workbook, desk):
    solve(desk)
    assert workbook("check", "04").returncode == 0
    assert "The same in 15 of 15 calls" in workbook("diff", "04").stdout
    source = (desk / "routes.py").read_text()
    (desk / "routes.py").write_text(source.replace("str(error)}, 404)", "str(error)}, 410)"))
    shown = workbook("diff", "04").stdout
    assert re.search(r"another model.*410.*404", shown)
    assert "The same in 13 of 15 calls" in shown
    assert shown.index("another model") < shown.index("--- yours/routes.py")
    assert '-    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 410))' in shown


def test_status_shows_the_best_so_far_and_the_dates(workbook, desk):
    solve(desk)
    assert workbook("check", "04").returncode == 0
    (desk / "routes.py").write_text("")
    assert workbook("check", "04").returncode == 1
    row = next(line for line in workbook("status").stdout.splitlines() if "│ 04" in line)
    today = f"{time.strftime('%Y-%m-%d')}"
    assert row.count(today) == 2
    assert "24/24" in row


def test_tasks_that_pass_one_by_one_count_as_they_do_together(workbook, desk):
    solve(desk)
    for task in ("1", "2", "1"):
        assert workbook("check", "04", "--task", task).returncode == 0
    worth = points_of(find_lab("04", ROOT))
    row = next(line for line in workbook("status").stdout.splitlines() if "│ 04" in line)
    assert f" {worth[1] + worth[2]}/{worth.total()} " in row


def test_submit_asks_for_the_lab_first_and_then_for_the_name(workbook, desk):
    assert "no lab 03; there are" in workbook("submit", "03").stderr
    asked = workbook("submit", "04")
    assert asked.returncode == 2
    assert 'Run workbook submit 04 --name "Your Name"' in asked.stderr


def test_a_damaged_record_costs_only_the_damaged_line(workbook, desk):
    record = desk.parents[1] / "progress.jsonl"
    record.write_text(record.read_text() + '{"half": \n[1]\n7\n')
    assert "04" in workbook("status").stdout


def test_submit_packs_the_answer_with_its_checksums(workbook, desk):
    solve(desk)
    (desk / "secret.txt").write_text("not part of the answer")
    done = workbook("submit", "04", "--name", "Ada Lovelace")
    assert done.returncode == 0
    (archive,) = (desk.parent / "submissions").glob("04-ada-lovelace-*.zip")
    assert archive.name in done.stdout
    assert re.search(r"SHA-256 [0-9a-f]{64}", done.stdout)
    with zipfile.ZipFile(archive) as package:
        assert sorted(package.namelist()) == sorted(["submission.json", *reference_files(LAB)])
    for name in (" !", "../../x", "a\nb", "<b>Ada</b>"):
        done = workbook("submit", "04", "--name", name)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "04"), "not started yet: workbook start 04"),
        (("check", "99"), "no lab 99; there are"),
        (("hint", "04", "1"), "not started yet"),
    ],
)
def test_what_the_student_can_put_right_is_one_line(workbook, arguments, message):
    done = workbook(*arguments)
    assert done.returncode == 2
    assert re.fullmatch(r"error: .+\n", done.stderr)
    assert message in done.stderr


def test_a_missing_file_and_a_missing_task_are_named(workbook, desk):
    done = workbook("check", "04", "--task", "9")
    assert (done.returncode, "there are 1 to 5" in done.stderr) == (2, True)
    (desk / "payload.py").unlink()
    done = workbook("check", "04")
    assert (done.returncode, "has no payload.py" in done.stderr) == (2, True)


def test_a_manifest_that_cannot_be_used_is_named(home, workbook):
    (home / "labs").unlink()
    folder = home / "labs" / "01_bad"
    folder.mkdir(parents=True)
    for text in ("title = ", 'title = "x"', 'tasks = [{function = "a.py", title = "", hints = []}]'):
        (folder / "lab.toml").write_text(text)
        done = workbook("start", "01")
        assert (done.returncode, "lab.toml cannot be used" in done.stderr) == (2, True)


def test_new_lab_makes_a_folder_that_can_be_started(home, workbook):
    (home / "labs").unlink()
    function = "pipeline/export.py:framework"
    assert workbook("new-lab", "08_cards", function).returncode == 0
    assert workbook("start", "08").returncode == 0
    done = workbook("check", "08")
    assert re.search(r"together\D+0/1", done.stdout)
    assert "to do" in done.stdout
    for arguments, message in (
        (("08_cards", function), "exists already"),
        (("cards", function), "not the name of a lab"),
        (("09_cards", "pipeline/export.py:nothing"), "no function nothing"),
        (("09_cards", "pipeline/nothing.py:x"), "cannot be read"),
    ):
        done = workbook("new-lab", *arguments)
        assert (done.returncode, message in done.stderr) == (2, True)
        assert not (home / "labs" / "09_cards").exists()


def test_new_lab_takes_parts_of_other_files(home, workbook):
    (home / "labs").unlink()
    parts = ("docker/server.Dockerfile:Health", "docker/compose.yaml:services.server")
    assert workbook("new-lab", "08_images", *parts).returncode == 0
    done = workbook("start", "08")
    assert done.returncode == 0, done.stderr
    desk = home / "work" / "labs" / "08_images"
    assert "\nTODO Task 1: " in (desk / "server.Dockerfile").read_text()
    assert '\n  server: "Task 2: ' in (desk / "compose.yaml").read_text()
    done = workbook("check", "08")
    assert done.stdout.count("to do") == 2
    for part in (
        "docker/server.Dockerfile:Nothing",
        "docker/compose.yaml:services.tfserving",
        "docker/prometheus.yml:x",
    ):
        done = workbook("new-lab", "09_images", part)
        assert (done.returncode, "docker/" in done.stderr) == (2, True)


def test_of_a_lab_with_other_files_all_commands_work(home, workbook, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    lab = next(lab for lab in LABS if lab.number == "06")
    desk = home / "work" / "labs" / lab.name
    done = workbook("start", "06")
    assert "Task 3: Say whether it is healthy: Health in server.Dockerfile" in done.stdout
    assert "services.jupyter in compose.yaml" in done.stdout
    done = workbook("check", "06", "--task", "3")
    assert done.returncode == 1
    assert "· to do" in done.stdout
    for name, source in reference_files(lab).items():
        (desk / name).write_text(source)
    most = quick()
    before = os.times()
    done = workbook("check", "06")
    assert spent(before) < most
    assert done.returncode == 0
    worth = points_of(lab).total()
    assert re.search(rf"together\D+{worth}/{worth}", done.stdout)
    assert "Not built: no Docker engine here." in done.stdout
    compose = desk / "compose.yaml"
    compose.write_text(compose.read_text().replace("${LISTEN_ON:-127.0.0.1}:${SERVER_PORT:-8000}:8000", "8000:8000"))
    shown = workbook("diff", "06").stdout
    assert re.search(r"server: ports", shown)
    assert "The same in 33 of 34 calls" in shown
    assert shown.index("server: ports") < shown.index("--- yours/compose.yaml")
    assert workbook("submit", "06", "--name", "Ada").returncode == 0
    (archive,) = (desk.parent / "submissions").glob("06-ada-*.zip")
    with zipfile.ZipFile(archive) as package:
        assert sorted(package.namelist()) == ["compose.yaml", "server.Dockerfile", "submission.json"]
    assert workbook("reset", "06", "--force").returncode == 0
    assert compose.read_text() == starter_files(lab)["compose.yaml"]
