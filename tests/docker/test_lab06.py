"""Lab 06 where an engine answers: what it makes of the reference and of three wrong answers."""

from __future__ import annotations

import secrets

import pytest

from tests.labs.answers import LABS, states
from workbook.labs.authoring.starter import answer_of, reference_files, starter_files
from workbook.labs.checks.launch import check_folder
from workbook.labs.checks.results import Report, State

LAB = next(lab for lab in LABS if lab.number == "06")
NOWHERE = "unix:///nowhere/docker.sock"
# Of wrong answers that are built from the layers of the reference, so that each takes seconds.
SEEN = {
    "root.Dockerfile": {"test_no_process_is_root"},
    "hears_itself.Dockerfile": {"test_it_answers_from_outside"},
    "no_tmp.yaml": {"test_compose_brings_it_up"},
}


@pytest.fixture
def checked(tmp_path):
    def run(files: dict[str, str]) -> Report:
        for name, source in files.items():
            (tmp_path / name).write_text(source, encoding="utf-8")
        return check_folder(LAB, tmp_path, engine=True)

    return run


def by_engine(report: Report) -> dict[str, State]:
    """The states of those checks that give no points."""
    return {result.name: states(report)[result.name] for result in report.results if not result.points}


def test_without_an_engine_nothing_is_built_and_no_point_is_lost(checked, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    report = checked(reference_files(LAB))
    assert set(by_engine(report).values()) == {State.SKIPPED}
    assert {result.got for result in report.results if not result.points} == {
        "Not built: no Docker engine here. Your points do not depend on it."
    }
    assert report.earned == report.points > 0
    assert report.failures == ()


@pytest.mark.docker
def test_what_is_to_do_is_not_built(engine, checked):
    report = checked(starter_files(LAB))
    assert set(by_engine(report).values()) == {State.SKIPPED}


@pytest.mark.docker
def test_the_reference_is_built_and_does_all_that_is_asked(engine, checked):
    stays = f"workbook-stays-{secrets.token_hex(4)}"
    engine.images.get("python:3.11-slim").tag(stays)
    report = checked(reference_files(LAB))
    assert set(by_engine(report).values()) == {State.PASSED}
    assert len(by_engine(report)) == 6
    assert report.earned == report.points
    tags = {tag for image in engine.images.list() for tag in image.tags}
    assert not [tag for tag in tags if tag.startswith("workbook-lab-06")]
    assert not engine.containers.list(all=True, filters={"name": "workbook-lab-06"})
    engine.images.remove(stays)  # it is still there


@pytest.mark.docker
@pytest.mark.parametrize("name", SEEN)
def test_the_engine_sees_what_is_wrong(engine, checked, name):
    report = checked(answer_of(LAB, LAB.folder / "wrong" / name))
    failed = {check for check, state in by_engine(report).items() if state is not State.PASSED}
    assert failed == SEEN[name], [result for result in report.failures if not result.points]
