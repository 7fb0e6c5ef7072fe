"""The command line, as a user types it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

COMMANDS = [
    *("doctor", "data", "run", "verify", "lab", "serve", "bench", "start", "check", "hint", "diff", "status"),
    *("reset", "submit", "grade", "new-lab", "store", "prove", "incident", "contract", "manifest"),
]


def workbook(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "workbook", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **environment},
    )


def one_line_error(result: subprocess.CompletedProcess) -> str:
    assert result.returncode == 2, result.stdout + result.stderr
    assert re.fullmatch(r"error: .+\n", result.stderr), result.stderr
    return result.stderr


def test_help_names_every_command():
    text = workbook("--help").stdout
    assert all(command in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    result = workbook(command, "--help")
    assert result.returncode == 0
    assert "Example: " in result.stdout


def test_outside_the_course_it_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("doctor", "run", "verify", "lab"):
        assert "go to the folder that holds notebooks/" in one_line_error(workbook(command))


def test_a_notebook_that_is_not_there_is_named(course):
    for command in ("run", "verify"):
        assert "no notebook 77" in one_line_error(workbook(command, "77"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a folder in which not even root may write")
@pytest.mark.parametrize(("work", "cure"), [("/sys/kernel", "chown"), ("a file", "rename it")])
def test_a_work_that_cannot_be_written_to_is_one_line_with_the_cure(course, work, cure):
    (course / "a file").touch()
    (course / "work").symlink_to(work)
    (course / "notebooks" / "01_one.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    assert cure in one_line_error(workbook("run", "01"))
    start = subprocess.run(
        [sys.executable, "-c", "import workbook; workbook.start()"], capture_output=True, text=True, check=False
    )
    assert cure in start.stderr.splitlines()[-1]


def test_data_with_no_source_says_what_to_do(tmp_path):
    nowhere = {"KERAS_HOME": str(tmp_path), "FASHION_MNIST_DIR": str(tmp_path), "PATH": ""}
    # No apt-get on the path, and a proxy that is not there: no source can answer.
    proxy = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    result = workbook("data", **nowhere, **proxy)
    assert "FASHION_MNIST_DIR" in one_line_error(result)


def test_data_says_where_it_is(data):
    result = workbook("data")
    assert (result.returncode, "complete and verified" in result.stdout) == (0, True)


def test_doctor_finds_this_machine_well(data):
    result = workbook("doctor")
    assert result.returncode == 0, result.stdout
    assert "4 of 4 files verified" in result.stdout


def test_doctor_says_what_to_do_for_missing_data(tmp_path):
    result = workbook("doctor", KERAS_HOME=str(tmp_path))
    assert result.returncode == 1
    assert re.search(r"NOT.*Fashion-MNIST.*0 of 4.*workbook data", result.stdout)


def test_doctor_tells_packages_that_are_not_the_locks(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "requirements.lock").write_text('numpy==0.1\nnone-such==1 ; sys_platform == "no"\n')
    monkeypatch.chdir(tmp_path)
    result = workbook("doctor")
    assert result.returncode == 1
    assert re.search(r"NOT.*Packages.*0 of 1.*not numpy", result.stdout)


@pytest.mark.parametrize("command", [["--help"], ["doctor"], ["run", "--help"], ["run", "77"]])
def test_what_needs_no_tensorflow_does_not_import_it(command):
    code = f"import sys; sys.argv[1:] = {command!r}\nfrom workbook.cli import main\ntry: main()\nfinally:" + (
        " print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stdout.endswith("False False\n"), result.stdout[-300:]
