"""A file that cannot be loaded costs its own tasks; an answer that nobody can compare fails, and breaks no check."""

from __future__ import annotations

import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from tests.labs.answers import LABS, checked, impatient
from tests.labs.classroom import LAB, REFERENCE, STARTER
from workbook.labs.authoring.manifest import Lab, Task
from workbook.labs.authoring.starter import reference_files
from workbook.labs.checks.results import Report, State

SOME = [lab for lab in LABS if lab.number in ("04", "05", "12")]  # a server, methods of a class, functions in two files
CONTAINERS = next(lab for lab in LABS if lab.number == "06")
FUTURE = "from __future__ import annotations\n"
# By file: its tasks.
TASKS = {"preprocessing.py": {1, 2}, "payload.py": {3}, "routes.py": {4, 5}}


def lost(report: Report) -> set[int]:
    """The tasks that lost a point."""
    return {result.task for result in report.failures}


BREAKS = {
    "a syntax error": ("def broken(:\n", "SyntaxError: invalid syntax (line "),
    "tabs and spaces": ("if True:\n        x = 1\n\ty = 2\n", "TabError"),
    "a package that is not there": ("import cv2\n", "ModuleNotFoundError: No module named 'cv2' (line "),
    "a question at import": ("name = input()\n", "nobody answers input()"),
    "an exit at import": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "a name that is not there": ("print(unknown)\n", "NameError"),
}


@pytest.mark.parametrize(("name", "what"), list(zip(cycle(TASKS), BREAKS, strict=False)))
def test_a_broken_file_costs_its_own_tasks_and_is_named_once(name, what):
    broken, said = BREAKS[what]
    report = checked(LAB, {**REFERENCE, name: REFERENCE[name].replace(FUTURE, FUTURE + broken)})
    assert lost(report) == TASKS[name]
    (problem,) = report.problems
    assert problem.startswith(f"{name} cannot be imported: ")
    assert said in problem
    assert problem.count("(line") <= 1
    assert not any(result.likely for result in report.failures)
    assert report.explained == ()


def test_a_missing_file_costs_its_own_tasks():
    report = checked(LAB, {"payload.py": REFERENCE["payload.py"]})
    assert lost(report) == {1, 2, 4, 5}
    assert report.problems == ("preprocessing.py is missing", "routes.py is missing")


def test_two_broken_files_cost_the_tasks_of_both():
    report = checked(LAB, {**REFERENCE, "routes.py": "def (", "payload.py": "import cv2\n"})
    assert lost(report) == {3, 4, 5}
    assert [problem.split()[0] for problem in report.problems] == ["payload.py", "routes.py"]


def test_a_function_under_another_name_costs_its_own_task():
    renamed = REFERENCE["preprocessing.py"].replace("def check_pixels", "def check_pixel")
    report = checked(LAB, {**REFERENCE, "preprocessing.py": renamed})
    assert lost(report) == {2}
    assert report.problems == ("preprocessing.py has no check_pixels: bring it back, under this name",)
    assert report.explained == ()


def test_one_task_is_checked_though_another_file_lacks_a_function_as_well():
    gone = {"preprocessing.py": "def to_model_input(", "payload.py": "def pixels_in_json("}
    renamed = {name: REFERENCE[name].replace(function, f"{function[:-1]}_of_mine(") for name, function in gone.items()}
    report = checked(LAB, {**REFERENCE, **renamed}, task=1)
    assert {result.task for result in report.results} == lost(report) == {1}
    assert len(report.problems) == 2


@pytest.mark.parametrize("content", ["", FUTURE, "def something_else():\n    pass\n"])
def test_an_emptied_file_costs_its_own_tasks_and_says_what_it_lacks(content):
    report = checked(LAB, {**REFERENCE, "routes.py": content})
    assert lost(report) == {4, 5}
    (problem,) = report.problems
    assert problem.startswith("routes.py has no add_model_routes and no add_error_answers: ")
    assert report.explained == ()


def one_of_each_kind(lab: Lab) -> list[Task]:
    """Of each file a task that is a function, and one that is a method."""
    kinds: dict[tuple[str, bool], Task] = {}
    for task in lab.tasks:
        if task.reference.endswith(".py"):
            kinds.setdefault((task.reference, "." in task.function), task)
    return [*kinds.values()]


@pytest.mark.parametrize("lab", SOME, ids=[lab.name for lab in SOME])
def test_a_function_that_is_gone_is_named_and_costs_its_own_task(lab):
    """That each task which fails costs no other, of whatever lab, is seen in test_own_faults.py."""
    for task in one_of_each_kind(lab):
        name = Path(task.reference).name
        short = task.function.rpartition(".")[2]
        renamed = reference_files(lab)[name].replace(f"def {short}(", f"def {short}_of_mine(")
        report = checked(lab, {**reference_files(lab), name: renamed})
        assert lost(report) == {task.number}, task
        assert f"{name} has no {task.function}: bring it back, under this name" in report.problems, task


@pytest.mark.parametrize(
    ("name", "encoding", "said"),
    [("preprocessing.py", "utf-16", "it is in UTF-16, or not text"), ("payload.py", "iso8859-2", "it is not in UTF-8")],
)
def test_a_file_in_another_encoding_says_what_to_do(name, encoding, said):
    source = REFERENCE[name].encode("ascii", "replace").decode()
    report = checked(LAB, {**REFERENCE, name: f"{source}\nTOWN = '\u0141\u00f3d\u017a'\n".encode(encoding)})
    assert lost(report) == TASKS[name]
    assert report.problems == (f"{name} cannot be imported: {said}: save it as UTF-8",)


def test_a_compose_file_in_another_encoding_says_what_to_do():
    content = f"# \u0141\u00f3d\u017a\n{COMPOSE.encode('ascii', 'replace').decode()}".encode("iso8859-2")
    (problem,) = checked(CONTAINERS, {"server.Dockerfile": DOCKERFILE, "compose.yaml": content}).problems
    assert problem == "compose.yaml cannot be read: it is not UTF-8: save it as UTF-8"


def test_a_file_that_helps_another_is_no_broken_one():
    """Two files of a student may need each other in ways that the reference's do not."""
    helped = {
        **REFERENCE,
        "payload.py": REFERENCE["payload.py"] + "\nHELP = 1\n",
        "routes.py": REFERENCE["routes.py"].replace(FUTURE, FUTURE + "from server.payload import HELP\n"),
    }
    assert checked(LAB, helped).failures == ()
    beside = checked(LAB, {**helped, "preprocessing.py": "def (", "payload.py": helped["payload.py"]})
    assert lost(beside) == {1, 2}
    assert len(beside.problems) == 1


def test_a_file_that_takes_for_ever_to_import_costs_its_own_tasks():
    slow = f"{FUTURE}import time\ntime.sleep(3600)\n"
    source = REFERENCE["preprocessing.py"].replace(FUTURE, slow)
    report = checked(impatient(LAB), {**REFERENCE, "preprocessing.py": source})
    assert lost(report) == {1, 2}
    assert report.problems == ("preprocessing.py cannot be imported: no answer within 1 s",)
    assert all(result.disturbed for result in report.failures)


def test_what_is_still_to_do_is_no_broken_file():
    report = checked(LAB, {**REFERENCE, "routes.py": STARTER["routes.py"]})
    assert report.problems == ()
    assert {result.state for result in report.failures} == {State.TODO}


def test_a_likely_cause_is_told_only_where_it_can_be_one():
    body = "    return picture / high\n"
    wrong = f"{REFERENCE['preprocessing.py']}\n\ndef to_model_input(pixels, high=255):\n{body}"
    for result in checked(LAB, {**REFERENCE, "preprocessing.py": wrong}, task=1).failures:
        assert "NameError: name 'picture' is not defined" in result.got
        assert result.likely == ""
    for mistake in ("pixels + None", "pixels / {}[high]", "pixels.astype('of clay')"):
        report = checked(LAB, {**REFERENCE, "preprocessing.py": wrong.replace("picture / high", mistake)}, task=1)
        assert {result.likely for result in report.failures} == {""}, report.failures[0].got
    unscaled = wrong.replace(body, "    return pixels\n")
    assert any(
        "not divided" in one.likely for one in checked(LAB, {**REFERENCE, "preprocessing.py": unscaled}).failures
    )


@pytest.mark.parametrize(
    ("body", "likely"),
    [
        ("while True: pass", "an endless loop"),
        ("import time; time.sleep(3600)", "an endless loop"),
        ("raise SystemExit", ""),
        ("import os; os._exit(0)", "ended from inside"),
        ("import os; os.kill(os.getpid(), 9)", "more memory than it may"),
    ],
)
def test_why_there_was_no_answer_is_told_as_it_was(body, likely):
    wrong = f"{REFERENCE['preprocessing.py']}\n\ndef to_model_input(pixels, high=255):\n    {body}\n"
    report = checked(impatient(LAB), {**REFERENCE, "preprocessing.py": wrong}, task=1)
    assert report.failures
    assert all(likely in one.likely and bool(one.likely) == bool(likely) for one in report.failures)


def test_one_answer_that_never_comes_costs_no_other():
    """The process after it finds what the one before it has left."""
    body = "        if 'pixels' in request.args:\n            while True: pass\n"
    place = "    def classify(name: str, version: int):\n"
    assert REFERENCE["routes.py"].count(place) == 1
    routes = REFERENCE["routes.py"].replace(place, place + body)
    report = checked(impatient(LAB), {**REFERENCE, "routes.py": routes})
    assert [one.name for one in report.failures] == ["test_shows_the_pixels_to_who_asks"]


DOCKERFILE, COMPOSE = reference_files(CONTAINERS).values()
READ_BY_DOCKER = {
    "a byte order mark": DOCKERFILE.encode("utf-8-sig"),
    "a comment of an old Windows": b"# f\xfcr jeden \x85\n" + DOCKERFILE.encode(),
    "lines as Windows ends them": DOCKERFILE.replace("\n", "\r\n").encode(),
    "signs that end lines elsewhere": "# a\u2028b\x0bc\x85d\n".encode() + DOCKERFILE.encode(),
}


@pytest.mark.parametrize("what", READ_BY_DOCKER)
def test_what_docker_reads_is_read(what):
    report = checked(
        CONTAINERS, {"server.Dockerfile": READ_BY_DOCKER[what], "compose.yaml": COMPOSE.encode("utf-8-sig")}
    )
    assert report.failures == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DOCKERFILE.encode("utf-16"), "UTF-16, which Docker does not read"),
        (DOCKERFILE.replace("FROM", "FORM").encode(), "FORM is not an instruction"),
    ],
)
def test_a_dockerfile_that_cannot_be_read_is_named_once(content, said):
    report = checked(CONTAINERS, {"server.Dockerfile": content, "compose.yaml": COMPOSE})
    assert lost(report) == {1, 2, 3, 4}
    (problem,) = report.problems
    assert said in problem
    assert report.explained == ()


# What a function returns in place of an answer: each call the next one.
STRANGE = """
import itertools
STRANGE = itertools.cycle([
    float("inf"), [1e999, -1e999], np.full((4, 28, 28, 1), np.nan, np.float32), np.empty((0, 28, 28, 1), np.float32),
    np.float32(3), np.zeros((3, 3), np.float32), "4", np.array(["a"] * 20), None, 10**4000, 10**5000, {1}, len,
    eval("[" * 90 + "]" * 90), {"__array__": 5}, {1: 2, None: 3}, np.array([object()]), np.zeros((4, 28, 28), complex),
])
"""
FUNCTIONS = {
    "preprocessing.py": "def to_model_input(pixels, high=255):\n    return next(STRANGE)\n\n"
    "def check_pixels(images, spec):\n    return next(STRANGE)\n",
    "payload.py": "import numpy as np\ndef pixels_in_json(body, spec):\n    return next(STRANGE)\n",
}


@pytest.mark.parametrize("start", [0, 5, 11])
def test_an_answer_that_cannot_be_compared_fails_and_breaks_nothing(start):
    skip = f"[next(STRANGE) for _ in range({start})]\n"
    strange = {}
    for name, functions in FUNCTIONS.items():
        first, _, rest = f"{functions}".partition("def ")
        strange[name] = f"{REFERENCE[name]}\n{first}{STRANGE}{skip}\ndef {rest}"
    report = checked(LAB, {**REFERENCE, **strange})
    assert [result.got for result in report.results if result.state is State.BROKEN] == []
    assert {1, 2, 3} <= lost(report)
    assert all(result.got for result in report.explained)


ROUTES = """

import itertools
STRANGE = itertools.cycle([b'{"labels": 1e999, "result": 1e999}', b'{"result": [[]], "labels": []}', b"[1e999]",
                           b"1e999", b'{"models": NaN}', b"[]", b"null", b"\\xff"])

def add_model_routes(app, repository):
    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path):
        return app.response_class(next(STRANGE), mimetype="application/json")
"""


def test_a_response_that_cannot_be_compared_fails_and_breaks_nothing():
    report = checked(LAB, {**REFERENCE, "routes.py": REFERENCE["routes.py"] + ROUTES})
    assert [result.got for result in report.results if result.state is State.BROKEN] == []
    assert {result.task for result in report.results if result.earned} >= {1, 2, 3}
    assert lost(report) >= {4}


def test_no_path_of_the_machine_is_in_a_report():
    """Also not in what an exception, a traceback or the program itself says."""
    noisy = "import sys, numpy\nprint(sys.path, sys.executable, numpy.__file__)\n"
    wrong = "\n\ndef to_model_input(pixels, high=255):\n    raise ValueError(np.__file__ + __file__)\n"
    files = {**REFERENCE, "preprocessing.py": REFERENCE["preprocessing.py"].replace(FUTURE, FUTURE + noisy) + wrong}
    text = checked(LAB, files).to_json()
    assert "numpy/__init__.py" in text
    for place in (str(LAB.course), sys.prefix, sys.base_prefix, "workbook-lab-"):
        assert place not in text


def test_what_the_student_sees_first_is_the_broken_file(workbook, home):
    assert workbook("start", "4").returncode == 0
    desk = home / "work" / "labs" / LAB.name
    for name, source in {**REFERENCE, "routes.py": "def broken(:\n"}.items():
        (desk / name).write_text(source)
    done: subprocess.CompletedProcess = workbook("check", "04")
    assert done.stdout.startswith("routes.py cannot be imported: SyntaxError: invalid syntax (line 1)")
    assert done.stdout.count("SyntaxError") == 1
    assert "First fix what is named at the top" in done.stdout
