"""The house's own rules: which way imports go, one place for dependencies, and what a repository must not hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from docs.extensions.import_map import code_files, code_of, imported_by, read_imports
from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
MAY_IMPORT = {"server": set(), "pipeline": {"server"}, "workbook": {"server", "pipeline"}}


def tracked_files() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def copy_tracked_files(folder: Path) -> None:
    """What git would clone of the tree as it stands, uncommitted changes included."""
    for path in tracked_files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def declared() -> list[Requirement]:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(line) for line in [*project["dependencies"], *(line for extra in extras for line in extra)]]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package):
    for arrow in read_imports().arrows:
        if arrow.source == package:
            assert arrow.target in MAY_IMPORT[package], f"{package} imports {arrow.modules}"


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_package_needs_its_tests_or_the_site(package):
    for path in code_files(ROOT / package):
        assert {"tests", "docs"} & {name.partition(".")[0] for name in imported_by(code_of(path))} == set(), path


def test_tensorflow_is_imported_only_where_it_is_used():
    light = "server.api, server.production.app, server.clients.rest_client, pipeline.dataset, workbook.cli, workbook"
    code = f"import sys, {light}\n"
    code += "print([name for name in ('tensorflow', 'keras', 'sklearn') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_every_dependency_says_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text()
    lines = [line.strip() for line in text.splitlines() if re.match(r'    "[a-z]', line)]
    assert len(lines) == len(declared())
    assert [line for line in lines if not re.search(r'",\s+# \w', line)] == []


def test_the_lock_pins_what_pyproject_declares_and_nothing_else_asked_for():
    pins: dict[str, list[str]] = {}
    asked_for = set()
    for line in LOCK.splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line)
            assert re.fullmatch(r"==[\w.+]+", str(requirement.specifier)), line
            pins.setdefault(requirement.name, []).append(requirement.specifier)
            last = requirement.name
        elif "mlops-workbook (pyproject.toml)" in line:
            asked_for.add(last)
    assert asked_for == {requirement.name for requirement in declared()}
    for requirement in declared():
        for pin in pins[requirement.name]:
            assert requirement.specifier.contains(next(iter(pin)).version), requirement


def test_the_lock_names_no_host():
    assert "://" not in LOCK
    assert "index" not in LOCK.replace("sphinxcontrib", "")


def test_condas_environment_is_python_and_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, packages = environment["dependencies"]
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.lock", "-e ."]}
    version = python.removeprefix("python=")
    assert SpecifierSet(PYPROJECT["project"]["requires-python"]).contains(version)
    assert f"--python-version {version}" in LOCK


def test_pip_takes_condas_list():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    # As conda does: the list in a file beside environment.yml. The last line, the course itself, needs a build.
    listed = ROOT / "condaenv.test.requirements.txt"
    listed.write_text("\n".join(environment["dependencies"][-1]["pip"][:-1]))
    try:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "-r", listed.name]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        listed.unlink()
    assert result.returncode == 0, result.stderr
    assert "Would install" not in result.stdout


def test_nothing_of_this_machine_is_in_the_repository():
    traces = re.compile(rb"/root/|/home/\w+/|/work/main|" + str(ROOT).encode())
    found = [path for path in tracked_files() if traces.search(path.read_bytes()) and path != Path(__file__)]
    assert found == []


def test_ruff_is_content():
    for command in (["check"], ["format", "--check"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--quiet", str(ROOT)], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout


def test_no_module_is_over_300_lines():
    assert [path for path in tracked_files() if path.suffix == ".py" and path.read_text().count("\n") > 300] == []
