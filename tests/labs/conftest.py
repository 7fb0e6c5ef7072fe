"""What the tests of the labs share: processes with a lab's libraries that end with the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session", autouse=True)
def warm_place() -> Iterator[None]:
    """Where the zygotes of these tests have their sockets; without it, they end."""
    with tempfile.TemporaryDirectory(prefix="warm-") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", place)
        yield


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
