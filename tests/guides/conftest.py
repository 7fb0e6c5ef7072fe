"""A clone of the course whose set-up is done, for each file of tests one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.guides.typed import Clone
from tests.test_house import copy_tracked_files


@pytest.fixture(scope="module")
def clone(tmp_path_factory, data) -> Clone:
    folder = tmp_path_factory.mktemp("course")
    copy_tracked_files(folder)
    (folder / "home").mkdir()
    (folder / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        if (Path(sys.prefix) / part).exists():
            (folder / ".venv" / part).symlink_to(Path(sys.prefix) / part)
    (folder / ".venv" / "ready").touch()
    return Clone(folder)
