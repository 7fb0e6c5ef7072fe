"""Whatever is handed in under the name of something that the grader loads or starts, the grader takes its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.labs.classroom import LAB, REFERENCE, put, rows

# What the command or the checker imports, as folders of submissions and as loose files.
PACKAGES = ("pytest", "rich")
MODULES = (
    *("_pytest", "pluggy", "numpy", "psutil", "typer", "click", "jinja2", "docker", "requests", "yaml", "matplotlib"),
    *("server", "pipeline", "conftest", "evil"),
    *("tomllib", "zipfile", "tarfile", "csv", "tempfile", "base64", "shutil", "hashlib", "difflib", "socket"),
)
PROGRAMS = ("unshare", "setpriv", "mount", "sh", "python", "docker", "git", "docker-credential-desktop")
SETTINGS = {
    "pytest.ini": "[pytest]\naddopts = -p evil\n",
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p evil"\n',
    "tox.ini": "[pytest]\naddopts = -p evil\n",
    "setup.cfg": "[tool:pytest]\naddopts = -p evil\n",
    "evil.pth": "import evil\n",
}
HABITS = {
    "PYTEST_ADDOPTS": "-p evil",
    "PYTEST_PLUGINS": "evil",
    "PYTHONSTARTUP": "evil.py",
    "PYTHONBREAKPOINT": "evil.x",
    "PATH": os.pathsep.join([".", "", os.environ["PATH"]]),
}


def fill(handed_in: Path, mark: Path) -> None:
    code = f"open({str(mark)!r}, 'a').write(__name__ + ' ')\n"
    for name in PACKAGES:
        put(handed_in / name, {"__init__.py": code})
    for name in MODULES:
        (handed_in / f"{name}.py").write_text(code, encoding="utf-8")
    for name in PROGRAMS:
        program = handed_in / name
        program.write_text(f"#!/bin/sh\necho {name} >> {mark}\n", encoding="utf-8")
        program.chmod(0o755)
    for name, content in SETTINGS.items():
        (handed_in / name).write_text(content, encoding="utf-8")
    # All of the course, with checks that do what they like.
    for folder in (handed_in, handed_in / "whole"):
        put(folder / "notebooks", REFERENCE)
        put(folder / "labs" / LAB.name, {"checks.py": code, "driver.py": code})
        manifest = (LAB.folder / "lab.toml").read_text(encoding="utf-8")
        (folder / "labs" / LAB.name / "lab.toml").write_text(manifest, encoding="utf-8")
    put(handed_in / "ada", REFERENCE)


@pytest.mark.parametrize("place", [".", "whole"])
def test_nothing_that_was_handed_in_runs_as_the_instructor(home, place):
    mark, handed_in, out = home / "mark", home / "handed-in", home / "graded"
    handed_in.mkdir()
    fill(handed_in, mark)
    environment = {**os.environ, **HABITS, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "workbook", "grade", os.path.relpath(handed_in, handed_in / place)]
    done = subprocess.run(
        [*command, "--lab", "04", "--out", str(out), "--open", "--jobs", "4"],
        cwd=handed_in / place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not mark.exists(), mark.read_text(encoding="utf-8")
    assert rows(out)["ada"]["points"] == rows(out)["ada"]["of"] != "0"
