"""The slips that the rules make, on small answers; what the labs' checks make of them is `make mutants`."""

from __future__ import annotations

import pytest

from tests.labs.answers import LABS
from tests.mutants import python_rules, text_rules
from tests.mutants.run import mutants_of

FUNCTION = '''def scaled(pixels: list, high=255):
    """Divides by 255."""
    try:
        if pixels.min() < 0 and high > 0:
            raise ValueError("below 0")
    except (KeyError, OSError):
        pass
    return (pixels / high).mean(axis=0)
'''
DOCKERFILE = "FROM python:3.11\nRUN pip install --no-cache-dir -r lock && rm lock\n"
COMPOSE = "services:\n  server:\n    read_only: true\n    cpus: 2\n"


def changes(rules, source: str) -> set[str]:
    return {change for change, _ in rules.mutants_of(source, range(source.count("\n")))}


@pytest.mark.parametrize(
    "slip",
    [
        "pixels.min -> pixels.max",
        "pixels.min() < 0 -> pixels.min() <= 0",
        "pixels.min() < 0 and high > 0 -> ((pixels.min() < 0) or (high > 0))",
        "(KeyError, OSError) -> KeyError",
        "OSError -> FileNotFoundError",
        'raise ValueError("below 0") -> pass',
        "high -> pixels.max()",
        "pixels / high -> (pixels) * (high)",
        "(pixels / high).mean(axis=0) -> (pixels / high).mean()",
        "0 -> 1",
    ],
)
def test_a_slip_that_students_make_is_among_the_mutants(slip):
    assert [change for change in changes(python_rules, FUNCTION) if change.endswith(f": {slip}")]


def test_words_for_people_stay():
    assert not [change for change in changes(python_rules, FUNCTION) if 'x"' in change or "255x" in change]


@pytest.mark.parametrize(
    ("source", "slip"),
    [
        (DOCKERFILE, "-> RUN pip install -r lock && rm lock"),
        (DOCKERFILE, "-> RUN pip install --no-cache-dir -r lock ; rm lock"),
        (DOCKERFILE, "FROM python:3.11 -> nothing"),
        (COMPOSE, "read_only: true -> read_only: false"),
        (COMPOSE, "cpus: 2 -> cpus: 3"),
        (COMPOSE, "cpus: 2 -> nothing"),
    ],
)
def test_a_line_an_option_or_a_word_is_lost_or_changed(source, slip):
    assert [change for change in changes(text_rules, source) if change.endswith(slip)]


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_task_of_every_lab_has_mutants(lab):
    assert {mutant.task for mutant in mutants_of(lab)} == {task.number for task in lab.tasks}
