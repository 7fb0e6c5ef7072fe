"""What the tests hand down to what they start, and what the run says of tests that are skipped."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROBE = """
import os, shutil, subprocess, sys
import tests.conftest

plan = ["make", "--dry-run", "--assume-old=.venv/ready", "run"]
print(subprocess.run(plan, capture_output=True, text=True).stdout.strip())
run = [sys.executable, "-m", "pytest", "--version"]
print(subprocess.run(run, capture_output=True, text=True).stdout.strip())
"""
SKIPS = """
import pytest


@pytest.mark.skipif(True, reason="needs a tool: apt-get install tool")
def test_with_a_tool():
    pass
"""


def test_what_the_outer_make_and_pytest_were_told_reaches_nothing_inside(tmp_path):
    outer = tmp_path / "Makefile"
    outer.write_text(f'test:\n\t@cd {ROOT} && {sys.executable} -c "$$PROBE"\n', encoding="utf-8")
    told = {"PROBE": PROBE, "PYTEST_ADDOPTS": "--no-such-option", "PYTHONPATH": str(ROOT)}
    command = ["make", "-s", "-f", outer, "test", "ARGS=tests/one -x", "WHEELHOUSE=nowhere", "BIN=elsewhere"]
    result = subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True, check=False)
    plan, version = result.stdout.splitlines()
    assert plan.strip() == ".venv/bin/workbook run", (
        "take what make passed on out of the environment, in tests/conftest.py"
    )
    assert version.startswith("pytest "), result.stderr


@pytest.mark.parametrize(("setting", "status", "ending"), [("", 0, ""), ("1", 1, "install what the lines above say")])
def test_a_skipped_test_is_named_with_its_reason_and_fails_where_nothing_may_be(tmp_path, setting, status, ending):
    (tmp_path / "test_it.py").write_text(SKIPS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WORKBOOK_NOTHING_SKIPPED": setting}
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "tests.conftest"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *settings, str(tmp_path)]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == status, result.stdout
    assert "SKIPPED [1] test_it.py:5: needs a tool: apt-get install tool" in result.stdout
    assert ending in result.stdout
