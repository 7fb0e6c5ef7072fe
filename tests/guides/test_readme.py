"""Every command of the README is run, here or by a test that is named here."""

from __future__ import annotations

import csv
import re
import shutil
import time

import pytest
import requests

from tests.conftest import ROOT
from tests.guides.typed import STARTUP_SECONDS, Clone, commands_in
from tests.test_house import tracked_files

README = (ROOT / "README.md").read_text()
LAB = ".venv/bin/workbook"

# These take minutes or an engine, and have tests of their own: the file, and the words in it that type the command.
ELSEWHERE = {
    "make run": ("tests/test_fresh_clone.py", '"make", "run", '),
    "make test": (".ci/run", "INT make test "),
    "make docs": ("tests/browser/test_site.py", '"make", "docs", '),
    f"{LAB} verify": ("tests/notebooks/test_verified.py", 'workbook("verify", *numbers)'),
    "docker compose up --detach": ("tests/docker/lab.py", 'compose("up", "--detach")'),
}


def open_jupyterlab(clone: Clone, command: str) -> None:
    with clone.typed(command, r"(http://127\.0\.0\.1:\d+/lab\S*token=\w+)") as address:
        page = answer_of(address)
        assert "<title>JupyterLab</title>" in page.text


def start_a_lab(clone: Clone, command: str) -> None:
    clone.type(command)
    assert (clone.folder / "work" / "labs" / "04_server" / "lab.ipynb").is_file()


def check_a_lab(clone: Clone, command: str) -> None:
    printed = clone.type(command, expected=1)
    assert "0/24" in printed
    shutil.copy(ROOT / "server" / "preprocessing.py", clone.folder / "work" / "labs" / "04_server")
    assert "8/24" in clone.type(command, expected=1)


def grade_a_class(clone: Clone, command: str) -> None:
    students = clone.folder / "handed-in"
    shutil.copytree(clone.folder / "work" / "labs" / "04_server", students / "ada")
    (students / "ben").mkdir()
    clone.type(command)
    with (clone.folder / "graded" / "grades.csv").open() as table:
        rows = {row["name"]: row for row in csv.DictReader(table)}
    assert (rows["ada"]["points"], rows["ben"]["points"]) == ("8", "0")


def run_with_a_setting(clone: Clone, command: str) -> None:
    clone.type(command)
    assert "WEEKS = 20" in (clone.folder / "work" / "run" / "01_lifecycle.ipynb").read_text()


def serve(clone: Clone, command: str) -> None:
    with clone.typed(f"{command} --port 0", r"at (http://127\.0\.0\.1:\d+)") as address:
        answer = answer_of(f"{address}/models/clothes/v1", "POST", json={"image": [[0] * 28] * 28})
        assert len(answer.json()["labels"]) == 1
        assert "<title>" in requests.get(address, timeout=60).text


def answer_of(address: str, method: str = "GET", **body: object) -> requests.Response:
    """Ask until somebody answers with 200."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = requests.request(method, address, timeout=60, **body)
            if answer.ok:
                return answer
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def examine(clone: Clone, command: str) -> None:
    assert "4 of 4 files verified" in clone.type(command)


HERE = {
    "make lab": open_jupyterlab,
    f"{LAB} start 04": start_a_lab,
    f"{LAB} check 04": check_a_lab,
    f"{LAB} grade handed-in --lab 04 --out graded": grade_a_class,
    'make run ARGS="01 -p WEEKS=20"': run_with_a_setting,
    f"{LAB} serve": serve,
    f"{LAB} doctor": examine,
}


def test_no_command_is_left_out():
    assert set(commands_in(README)) == {*HERE, *ELSEWHERE}


@pytest.mark.parametrize("command", HERE)
def test_it_does_what_the_readme_says(clone, command):
    HERE[command](clone, command)


@pytest.mark.parametrize("command", ELSEWHERE)
def test_another_test_runs_it(command):
    file, words = ELSEWHERE[command]
    assert words in (ROOT / file).read_text()


def test_what_the_readme_points_at_is_there():
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", README)
    assert [name for name in targets if not (ROOT / name).exists()] == []


def test_the_map_has_every_folder():
    tracked = {path.relative_to(ROOT).parts[0] for path in tracked_files() if path.parent != ROOT}
    folders = {name for name in tracked if not name.startswith(".")}
    assert set(re.findall(r"^\| `(\w+)/`", README, re.MULTILINE)) == folders | {"work"}
