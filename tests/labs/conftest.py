"""What the tests of the labs share: a course of their own, and its command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("notebooks", "labs", "server", "pipeline", "docker"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def workbook(home: Path):
    def call(*arguments: str) -> subprocess.CompletedProcess:
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "workbook", *arguments]
        return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)

    return call
