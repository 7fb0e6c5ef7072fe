"""The class of hostile submissions, graded in containers: where namespaces cannot be had, but an engine answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.conftest import figures
from tests.labs.classroom import LAB, Graded, as_we_are, graded_class
from tests.labs.hostile import KEPT_IN

# The same tests: pytest runs them here with what is graded here.
from tests.labs.test_grading import (  # noqa: F401
    test_a_hostile_submission_gets_nothing,
    test_a_link_out_is_not_followed_and_named,
    test_honest_ones_beside_them_get_every_point,
    test_it_says_how_submissions_are_kept_apart,
    test_neither_time_nor_disk_ran_away,
    test_nothing_was_found_reached_or_left,
)
from workbook.labs.sandbox import container
from workbook.labs.sandbox.isolation import Level

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def level() -> Level:
    return Level.CONTAINER


@pytest.fixture(scope="module")
def graded(engine, served) -> Iterator[Graded]:
    # Python's own folder has no `unshare`: without it, there are no namespaces.
    without_namespaces = {"PATH": str(Path(sys.executable).parent)}
    with graded_class(served.rpartition(":")[2], as_we_are, without_namespaces, KEPT_IN) as graded:
        figures.append(f"{len(graded.rows)} submissions graded in containers: {graded.seconds:.0f} s")
        yield graded


def test_no_container_is_left(graded, engine):
    assert engine.containers.list(all=True, filters={"label": container.LABEL}) == []


def test_the_image_has_nothing_of_the_course(graded, engine):
    code = "import os; print(sum(name in ('routes.py', 'checks.py') for *_, names in os.walk('/') for name in names))"
    found = engine.containers.run(container.image_of(LAB), ["python", "-c", code], remove=True)
    assert int(found) == 0


def test_what_an_engine_does_not_build_is_one_line_with_the_command(engine, monkeypatch):
    from workbook.errors import UserError

    monkeypatch.setattr(container, "DOCKERFILE", "docker/labs/none.Dockerfile")
    with pytest.raises(UserError, match="docker build --tag workbook-labs-server --target server"):
        container.build_image(LAB)


def test_grades_are_marked_as_of_containers(graded):
    entry = json.loads((graded.out / "results" / "honest.json").read_text())
    assert entry["stamp"].endswith(" container")
