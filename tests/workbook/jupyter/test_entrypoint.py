"""What happens before Jupyter's server starts in a container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.workbook.jupyter.test_course import course  # noqa: F401
from workbook.jupyter.entrypoint import settled_token

SHOW = "import json, os; print(open(os.environ['JUPYTER_CONFIG_PATH'] + '/jupyter_server_config.json').read())"


def enter(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "workbook.jupyter.entrypoint", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_finds_the_settings_and_the_page_with_the_list(course):  # noqa: F811
    done = enter(course, sys.executable, "-c", SHOW)
    assert done.returncode == 0, done.stderr
    settings = json.loads(done.stdout)
    assert settings["LabApp"]["default_url"] == settings["ServerApp"]["default_url"] == "/lab/tree/work/course.ipynb"
    assert "Notebook 01" in (course / "work" / "course.ipynb").read_text(encoding="utf-8")


def test_the_commands_own_status_is_that_of_the_container(course):  # noqa: F811
    assert enter(course, sys.executable, "-c", "raise SystemExit(7)").returncode == 7


def test_whatever_a_student_has_put_beside_the_lessons_it_starts(course):  # noqa: F811
    (course / "notebooks").unlink()
    (course / "notebooks").mkdir()
    for name, content in {
        "08_mine": '{"cells": []}',
        "09_half": '{"cells": [',
        "10_none": "",
        "11_bytes": "[1]",
    }.items():
        (course / "notebooks" / f"{name}.ipynb").write_text(content)
    done = enter(course, "true")
    assert done.returncode == 0, done.stderr
    assert "08_mine" in (course / "work" / "course.ipynb").read_text(encoding="utf-8")


def test_a_work_that_cannot_be_written_to_is_one_line_with_the_cure(course):  # noqa: F811
    (course / "work").write_text("no folder")
    done = enter(course, "true")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert str(course / "work") in done.stderr and f"chown --recursive {os.getuid()}" in done.stderr


def test_a_token_outlives_the_container_and_is_printed_if_nobody_chose_it_now(tmp_path, capsys):
    path = tmp_path / "token"
    made_up = settled_token(path, "")
    assert len(made_up) >= 32 and made_up in capsys.readouterr().out
    assert settled_token(path, "") == made_up
    assert settled_token(path, "chosen") == "chosen"
    assert "chosen" not in capsys.readouterr().out
    assert settled_token(path, "") == "chosen"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "\n"])
def test_a_token_file_that_is_empty_is_none(tmp_path, text):
    (tmp_path / "token").write_text(text)
    assert len(settled_token(tmp_path / "token", "")) >= 32
