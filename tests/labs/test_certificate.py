"""Each lab proves its own checks: what is right gets every point, what is wrong is rejected by the check it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import chain
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT
from tests.labs.answers import (
    A_KIND_EACH,
    HANG_SECONDS,
    LABS,
    NAMES,
    alternative,
    begun,
    checked,
    each_lab,
    impatient,
    rejected_by,
    states,
    task_of,
    wrong_answers,
)
from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.scaffold import FILL_IN
from workbook.labs.authoring.starter import answer_of, reference_files, starter_files
from workbook.labs.checks.results import Report, State

WRONG = wrong_answers()


def first_rejections() -> Iterator[Path]:
    """Those that a push tries: one for each check of a lab of each kind, and one for each task of the others."""
    seen: set[tuple[str, str | int]] = set()
    for lab, path in WRONG:
        named = rejected_by(path)
        parts = named if lab.number in A_KIND_EACH else [task_of(lab, name) for name in named]
        rejecting = {(lab.name, part) for part in parts}
        if rejecting - seen:
            yield path
        seen |= rejecting


FIRST = {*first_rejections()}
WRONG_ANSWERS = [
    pytest.param(lab, path, id=f"{lab.name}-{path.stem}", marks=() if path in FIRST else pytest.mark.weekly)
    for lab, path in WRONG
]
PATCH = """
import atexit, builtins, gc, json, os, sys, unittest.mock
try:
    import pytest
    pytest.main = lambda *_, **__: 0
    pytest.fail = lambda *_, **__: None
except ImportError:
    pass
try:
    from workbook.labs.checks import assertions, plugin, results
    assertions.expect = lambda *_, **__: None
    plugin._result = None
    results.Result.earned = 1_000_000
except ImportError:
    pass
builtins.isinstance = lambda *_: True
for thing in gc.get_objects():
    if isinstance(thing, dict) and "earned" in thing:
        thing["earned"] = 1_000_000
report = json.dumps({"lab": "", "results": [], "printed": "", "earned": 100, "value": True})
print(report)
for descriptor in range(3, 32):
    try:
        os.write(descriptor, report.encode() + b"\\n")
    except OSError:
        pass
atexit.register(os._exit, 0)
"""
HOSTILE = {
    "an empty file": "",
    "a syntax error": "def to_model_input(:\n",
    "an endless loop": "while True:\n    pass\n",
    "an exit that says all is well": "import os\nos._exit(0)\n",
}


@pytest.fixture(params=LABS, ids=NAMES, scope="module")
def lab(request):
    return request.param


@pytest.fixture(scope="module")
def reference(lab):
    return checked(lab, reference_files(lab))


@pytest.fixture(scope="session")
def wrong_reports(request) -> Iterator[Callable[[str], dict[Path, Future[Report]]]]:
    """Of a lab's name: its wrong answers, those that were selected, are all checked from when the first is wanted. Most
    of a check's time is waiting, for a server."""
    test = test_a_wrong_answer_is_rejected_by_the_check_it_names
    selected = {item.callspec.params["path"] for item in request.session.items if item.function is test}
    by_lab: dict[str, dict[Path, Future[Report]]] = {}

    def reports(name: str) -> dict[Path, Future[Report]]:
        if name not in by_lab:
            wanted = [(lab, path) for lab, path in WRONG if lab.name == name and path in selected]
            by_lab[name] = {path: begun(lab, answer_of(lab, path), task=only_task(lab, path)) for lab, path in wanted}
        return by_lab[name]

    yield reports
    for report in chain.from_iterable(found.values() for found in by_lab.values()):
        report.cancel()


def only_task(lab: Lab, path: Path) -> int | None:
    """The task of all checks that a wrong answer names; None if they are of several."""
    tasks = {task_of(lab, name) for name in rejected_by(path)}
    return tasks.pop() if len(tasks) == 1 else None


def test_there_are_labs():
    assert LABS


def test_the_reference_gets_every_point(reference):
    assert [result for result in reference.results if result.state is not State.PASSED] == []
    assert reference.earned == reference.points > 0


def test_the_starter_gets_none_on_every_check(lab, reference):
    report = checked(lab, starter_files(lab))
    assert states(report) == dict.fromkeys(states(reference), State.TODO)
    assert report.earned == 0


def test_another_correct_answer_gets_every_point(lab):
    report = checked(lab, alternative(lab))
    assert report.failures == ()


@pytest.mark.parametrize(("lab", "path"), WRONG_ANSWERS)
def test_a_wrong_answer_is_rejected_by_the_check_it_names(lab, path, wrong_reports):
    named = rejected_by(path)
    report = wrong_reports(lab.name)[path].result(HANG_SECONDS)
    assert {name: states(report)[name] for name in named} == dict.fromkeys(named, State.FAILED)
    assert State.BROKEN not in states(report).values()
    by_accident = re.compile("NameError|cannot be used as intended|cannot be compared")
    assert [result for result in report.results if by_accident.search(result.got)] == []
    assert "driver.py" not in report.printed  # a server that a driver plays must not fall over what it is sent


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("lab", each_lab())
def test_a_hostile_file_scores_nothing_and_hangs_nothing(lab, what):
    report = checked(impatient(lab, seconds=0.2), dict.fromkeys(lab.student_files(), HOSTILE[what]))
    assert report.results
    assert report.earned == 0
    assert all(result.state is State.FAILED for result in report.results)


@pytest.mark.parametrize("lab", each_lab())
def test_patching_the_checker_scores_nothing(lab):
    report = checked(lab, {name: _patched(name, source) for name, source in starter_files(lab).items()})
    assert report.results
    assert report.earned == 0


def test_at_least_five_wrong_answers_and_every_task_has_one(lab):
    named = [rejected_by(path) for one, path in WRONG if one is lab]
    assert len(named) >= 5
    assert {task_of(lab, name) for names in named for name in names} == {task.number for task in lab.tasks}


def test_checks_point_to_headings_of_the_notebook(lab, reference):
    (path,) = (ROOT / "notebooks").glob(f"{lab.notebook}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = set(re.findall(r"^#+ (.+)$", prose, re.MULTILINE))
    assert {result.read for result in reference.results} <= headings


def test_nothing_is_left_to_fill_in(lab):
    files = [path for path in lab.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert [path.name for path in files if FILL_IN in path.read_text(encoding="utf-8")] == []


def test_each_check_says_what_it_is_about(reference):
    for result in reference.results:
        assert result.points > 0
        assert all((result.title, result.likely, result.read)), result
        assert result.title != result.name


def _patched(name: str, source: str) -> str:
    if not name.endswith(".py"):  # nobody runs it; but what a Dockerfile starts may be run
        return source + PATCH
    future = "from __future__ import annotations\n"
    assert future in source
    return source.replace(future, future + PATCH)
