"""The workflows for GitHub and GitLab: readable, safe, and made of commands that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml
from packaging.specifiers import SpecifierSet

from tests.test_house import PYPROJECT, ROOT
from workbook.cli import app

GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
COMMANDS = typer.main.get_command(app).commands
MADE = {"run": ["run"], "pipeline": ["pipeline", "run"]}  # the command of a target that takes the command's arguments
PIP = ["install --no-deps -r requirements.lock", "install --no-deps --editable ."]


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def github_jobs() -> dict[str, dict]:
    return {name: job for path in GITHUB for name, job in load(path)["jobs"].items()}


def gitlab_jobs() -> dict[str, dict]:
    return {name: job for name, job in load(GITLAB).items() if isinstance(job, dict) and "script" in job}


def github_commands(job: dict) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def every_command() -> list[str]:
    on_github = [command for job in github_jobs().values() for command in github_commands(job)]
    on_gitlab = [command for job in gitlab_jobs().values() for command in job["script"]]
    return sorted({*on_github, *on_gitlab})


def check(program: str, *arguments: str) -> None:
    command = [Path(sys.executable).with_name(program), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def parse_workbook(arguments: list[str]) -> None:
    """Parse them as the command would, without running it; raises where it would refuse them."""
    commands = COMMANDS
    while isinstance(commands[(name := arguments.pop(0))], typer.core.TyperGroup):
        commands = commands[name].commands
    commands[name].make_context(name, arguments)


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_github_can_read_its_workflows(schema):
    check("check-jsonschema", "--builtin-schema", schema, *map(str, GITHUB))


def test_gitlab_can_read_its_workflow():
    check("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(GITLAB))


def test_the_workflows_are_safe():
    check("zizmor", "--offline", "--no-progress", "--persona", "pedantic", *map(str, GITHUB))


@pytest.mark.parametrize("command", every_command())
def test_each_step_is_one_command_that_exists(command):
    program, *arguments = shlex.split(command)
    if program == "make":
        target, *settings = arguments
        assert target in TARGETS
        given = " ".join(settings).removeprefix("ARGS=").split()
        if target in ("run", "pipeline"):
            parse_workbook(MADE[target] + given)
        else:
            folders = given[2:] if given[:1] == ["-m"] else given
            assert all((ROOT / folder).is_dir() for folder in folders)
            assert given[:1] != ["-m"] or given[1] in (ROOT / "pyproject.toml").read_text()
    elif [program, *arguments[:2]] == ["python", "-m", "pip"]:
        assert shlex.join(arguments[2:]) in PIP
    else:
        arguments = arguments[2:] if [program, *arguments[:2]] == ["python", "-m", "workbook"] else arguments
        parse_workbook(arguments)


def test_gitlab_runs_the_same_commands_as_github():
    on_github = {name: github_commands(job) for name, job in github_jobs().items()}
    del on_github["windows"]  # GitLab's Windows machines are not for everybody
    assert {name: job["script"] for name, job in gitlab_jobs().items()} == on_github


def test_actions_are_pinned_and_their_versions_named():
    for path in GITHUB:
        uses = re.findall(r"uses: (.*)", path.read_text())
        assert uses
        assert [line for line in uses if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_every_python_that_the_course_allows_is_tried():
    allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])
    minors = {f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}")}
    assert set(github_jobs()["notebooks"]["strategy"]["matrix"]["python"]) == minors
    (matrix,) = gitlab_jobs()["notebooks"]["parallel"]["matrix"]
    assert set(matrix["PYTHON_VERSION"]) == minors


def test_the_report_is_kept_of_a_failed_run_too():
    for name in ("notebooks", "windows", "newest"):
        steps = github_jobs()[name]["steps"]
        upload = next(step for step in steps if "upload-artifact" in step.get("uses", ""))
        before = steps[steps.index(upload) - 1]["run"]
        assert upload["if"] == "always()"
        assert f"--report {upload['with']['path']}" in before
    assert load(GITLAB)[".report"]["artifacts"]["when"] == "always"


def test_the_weekly_run_uses_no_cache_and_no_lock():
    weekly = load(ROOT / ".github" / "workflows" / "weekly.yml")
    assert weekly["env"]["PIP_NO_CACHE_DIR"] == "1"
    assert "cache" not in str(weekly["jobs"])
    assert github_commands(weekly["jobs"]["newest"])[0] == "make newest"
    recipe = re.search(r"^newest:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    assert "requirements.lock" not in recipe
