"""What a machine without a network is given: the right wheels, each whole, and the data. See test_fresh_clone.py, too.

The locks here are short; that the real one has a wheel for every system of the course is asked of the registry.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rich.console import Console

from pipeline import dataset
from tests.conftest import ROOT
from tests.workbook.test_cli import one_line_error, workbook
from workbook.setup import wheelhouse
from workbook.setup.doctor import ENGINES_LOCK, KUBERNETES_LOCK, RAY_LOCK, pinned_versions
from workbook.setup.wheelhouse import SOURCE_ONLY, SYSTEMS, this_system

LOCK = """\
colorama==0.4.6 ; sys_platform == 'win32'
iniconfig==2.3.0
markupsafe==3.0.3
ptyprocess==0.7.0 ; os_name != 'nt'
soupsieve==2.8 ; python_full_version < '3.11.5'
soupsieve==2.7 ; python_full_version >= '3.11.5'
"""
WINDOWS = ("--platform", "windows", "--python", "3.12")
UV_NAMES = {
    "linux-x86_64": "x86_64-manylinux_2_28",
    "linux-arm64": "aarch64-manylinux_2_28",
    "macos-arm64": "aarch64-apple-darwin",
    "windows": "x86_64-pc-windows-msvc",
}


@pytest.fixture
def short(course, data):
    """A course with a short lock, and the folder in which the wheelhouse is made."""
    (course / "requirements.lock").write_text(LOCK)
    for layer, version in ((ENGINES_LOCK, "2.1.0"), (KUBERNETES_LOCK, "2.3.0"), (RAY_LOCK, "2.3.0")):
        (course / layer).parent.mkdir(parents=True)
        (course / layer).write_text(f"iniconfig=={version}\n")
    return course / "wheelhouse"


def wheels(folder):
    return sorted(path.name for path in folder.glob("*.whl"))


def test_for_this_machine_it_has_what_pip_installs_without_an_index(short):
    result = workbook("wheelhouse", str(short))
    assert result.returncode == 0, result.stderr
    assert dataset.missing(short / "fashion-mnist") == []
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(short)}
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", "installed", "-r", "requirements.lock"]
    subprocess.run(command, env={**os.environ, **offline}, check=True, capture_output=True)
    assert (short.parent / "installed" / "markupsafe").is_dir()
    # The pipeline's engines have a package in another version than the course.
    assert [name.split("-")[1] for name in wheels(short) if "iniconfig" in name] == ["2.1.0", "2.3.0"]


def test_another_system_and_python_get_theirs(short):
    assert workbook("wheelhouse", str(short), *WINDOWS).returncode == 0
    names = wheels(short)
    assert "markupsafe-3.0.3-cp312-cp312-win_amd64.whl" in names
    assert [name.partition("-")[0] for name in names] == ["colorama", "iniconfig", "markupsafe", "soupsieve"]
    assert "iniconfig-2.3.0-py3-none-any.whl" in names  # and not the engines': they do not run on Windows


def test_an_early_and_a_late_patch_of_one_python_both_find_theirs(short):
    assert workbook("wheelhouse", str(short), "--platform", "linux-arm64", "--python", "3.11").returncode == 0
    assert [name for name in wheels(short) if "soupsieve" in name] == [
        "soupsieve-2.7-py3-none-any.whl",
        "soupsieve-2.8-py3-none-any.whl",
    ]


def test_repeating_fetches_only_what_is_missing(short):
    workbook("wheelhouse", str(short), *WINDOWS)
    complete = wheels(short)
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    assert workbook("wheelhouse", str(short), *WINDOWS, **nowhere).returncode == 0

    # As a download leaves it that was killed: one wheel not there yet, half a wheel in a folder of its own.
    (short / complete[0]).unlink()
    (short / ".partial-killed").mkdir()
    (short / ".partial-killed" / complete[0]).write_bytes(b"half")
    (short / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"half")
    assert "colorama" in one_line_error(workbook("wheelhouse", str(short), *WINDOWS, **nowhere))
    assert workbook("wheelhouse", str(short), *WINDOWS).returncode == 0
    assert wheels(short) == complete
    assert list(short.glob(".partial-*")) == []
    assert dataset.missing(short / "fashion-mnist") == []


def test_of_the_real_lock_nothing_is_left_out(tmp_path, data, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(wheelhouse, "_download", lambda batch, folder, options: asked.extend(batch))
    monkeypatch.chdir(ROOT)
    wheelhouse.make_wheelhouse(tmp_path / "wheelhouse", None, None, Console(quiet=True))
    locks = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("requirements.lock", ENGINES_LOCK, KUBERNETES_LOCK, RAY_LOCK)
    ]
    lock = [line for text in locks for line in text.splitlines()]
    pins = [Requirement(line) for line in lock if re.match(r"[\w-]", line)]
    here = {f"{canonicalize_name(pin.name)}{pin.specifier}" for pin in pins if not pin.marker or pin.marker.evaluate()}
    assert len(here) > 100
    assert here - {*asked} == set()


def test_what_cannot_be_had_is_one_line(short):
    (short.parent / "requirements.lock").write_text("iniconfig==999.0\n")
    assert "iniconfig==999.0" in one_line_error(workbook("wheelhouse", str(short)))


def test_what_cannot_be_asked_for_is_one_line(short):
    assert "windows" in one_line_error(workbook("wheelhouse", str(short), "--platform", "amiga"))
    assert "3.11, 3.12, 3.13" in one_line_error(workbook("wheelhouse", str(short), "--python", "3.9"))
    assert not short.exists()
    short.write_text("a file")
    assert "cannot be written" in one_line_error(workbook("wheelhouse", str(short)))


def test_it_says_whom_it_is_for_and_what_to_do_there(short):
    assert workbook("wheelhouse", str(short), *WINDOWS).returncode == 0
    advice = (short / "README.txt").read_text()
    assert "windows, Python 3.12" in advice
    guide = (ROOT / "docs" / "install.md").read_text()
    commands = [line.strip() for line in advice.splitlines() if line.strip().startswith(("python ", "py "))]
    assert len(commands) == 5
    assert [command for command in commands if command not in guide] == []
    # Two targets do not get mixed.
    assert "choose another folder" in one_line_error(workbook("wheelhouse", str(short), "--platform", "macos-arm64"))


def test_this_machine_is_one_of_those_it_knows():
    assert this_system() in SYSTEMS


ASKED = [
    *(("requirements.lock", system, "3.11") for system in SYSTEMS),
    ("requirements.lock", "windows", "3.13"),
    *((ENGINES_LOCK, system, "3.13") for system in SYSTEMS if system != "windows"),
    *((lock, system, "3.13") for lock in (KUBERNETES_LOCK, RAY_LOCK) for system in SYSTEMS),
]


@pytest.mark.parametrize(("lock", "system", "python"), ASKED)
def test_every_pin_of_the_lock_has_a_wheel(lock, system, python, tmp_path):
    """So ``pip install -r requirements.lock`` builds nothing from source, on any system of the course."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-binary", SOURCE_ONLY]
    target = ["--python-platform", UV_NAMES[system], "--python-version", python, "--target", str(tmp_path)]
    result = subprocess.run(
        [*command, *target, "--requirement", str(ROOT / lock)],
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    markers = {**SYSTEMS[system].markers, "python_version": python, "python_full_version": f"{python}.99"}
    wanted = pinned_versions(ROOT / lock, markers)
    assert f"Would install {len(wanted)} packages" in result.stderr
