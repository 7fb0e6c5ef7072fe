"""The front from the command line: what cannot be used is one line, and nothing starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.server.traffic.running import ONE, clothes
from tests.workbook.test_cli import one_line_error, workbook


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "traffic.toml"
    path.write_text(clothes("http://127.0.0.1:1", "http://127.0.0.1:1", ONE))
    return path


def test_a_policy_that_cannot_be_used_is_one_line(policy):
    policy.write_text(policy.read_text() + "rout = 1")
    told = one_line_error(workbook("serve", "--traffic", str(policy)))
    assert f"{policy}: models.clothes.rout: there is no such key; expected one of versions" in told
    assert "cannot be read" in one_line_error(workbook("serve", "--traffic", str(policy.with_name("none.toml"))))


@pytest.mark.parametrize("option", ["--models", "--workers"])
def test_what_a_front_does_not_have_is_told(policy, option):
    told = one_line_error(workbook("serve", "--traffic", str(policy), option, "1"))
    assert "leave out --models and --workers, or --traffic" in told


def test_a_container_gets_the_same_line(policy):
    policy.write_text("[models]")
    command = [sys.executable, "-m", "server.traffic", str(policy)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith(f"python -m server.traffic: {policy}: models: there is none; expected one table")
    assert result.stderr.count("\n") == 1
