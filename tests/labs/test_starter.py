"""The starter is the reference without the answers, and nothing else is changed."""

from __future__ import annotations

import ast
import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.labs.answers import LABS, NAMES
from workbook.labs.authoring.manifest import Task
from workbook.labs.authoring.sources import parts_of
from workbook.labs.authoring.starter import answer_files, reference_files, starter_files, starter_of

SOURCE = '''"""A module."""

import os  # a comment that stays


# Above the function, and stays.
@decorated
def solve(
    given: int,  # in the signature
) -> int:
    """Double it.

    Twice.
    """
    # the answer
    return _helper(given)  # more of it


def _helper(given):
    return _deeper(given) * 2


def _deeper(given):
    return given


def _kept():
    return 1


class Thing:
    """A class."""

    value = _kept()

    def method(self):
        """A method's task."""
        return 7

    # after the method


LAST = solve  # the end
'''


def task(number: int, function: str) -> Task:
    return Task(number, f"Write {function}", "x.py", function, ("a", "b", "c"))


def test_bodies_go_and_everything_else_stays():
    starter = starter_of(SOURCE, [task(1, "solve"), task(2, "Thing.method")])
    assert starter == SOURCE.replace(
        "    # the answer\n    return _helper(given)  # more of it\n",
        '    raise NotImplementedError("Task 1: Write solve")\n',
    ).replace("        return 7\n", '        raise NotImplementedError("Task 2: Write Thing.method")\n').replace(
        "def _helper(given):\n    return _deeper(given) * 2\n\n\ndef _deeper(given):\n    return given\n\n\n", ""
    )


def test_a_function_that_is_not_there_or_has_no_docstring_is_refused():
    for name in ("nowhere", "_kept", "Thing.nothing"):
        with pytest.raises(ValueError, match=name):
            starter_of(SOURCE, [task(1, name)])


@pytest.mark.parametrize("lab", LABS, ids=NAMES)
def test_of_each_lab_only_lines_are_taken_away_and_stubs_put_in(lab):
    for name, reference in reference_files(lab).items():
        added = [
            line[2:].strip()
            for line in difflib.ndiff(reference.splitlines(), starter_files(lab)[name].splitlines())
            if line[0] == "+"
        ]
        wanted = [f"Task {one.number}: {one.title}" for one in lab.tasks if one.reference.endswith(f"/{name}")]
        assert len(added) == len(wanted)
        assert all(task in line for task, line in zip(sorted(wanted), sorted(added, key=_task_in), strict=True))


@pytest.mark.parametrize("lab", LABS, ids=NAMES)
def test_the_starter_can_still_be_read(lab):
    for name, starter in starter_files(lab).items():
        parts = parts_of(name, starter)
        assert {one.function for one in lab.tasks if one.reference.endswith(f"/{name}")} <= set(parts)


@pytest.mark.parametrize("lab", LABS, ids=NAMES)
def test_the_answer_in_the_references_own_words_is_the_reference(lab):
    for task in lab.tasks:
        name = task.reference.rpartition("/")[2]
        source = reference_files(lab)[name]
        whole = parts_of(name, source)[task.function].whole
        text = "\n".join(source.splitlines()[whole.start : whole.stop])
        answer = answer_files(lab, _around(task, text), f".{name}")
        assert answer == reference_files(lab)


def _task_in(line: str) -> str:
    return line[line.index("Task ") :]


def _around(task: Task, text: str) -> str:
    """What a part needs around it to be a file: a class around a method, the keys above another."""
    above, dot, _ = task.function.rpartition(".")
    if task.reference.endswith(".py"):
        return f"class {above}:\n{text}" if dot else text
    anchors = "x-service: &service {}\nx-health: &health {}\nx-ask: &ask ''\n"
    if not task.reference.endswith(".yaml"):
        return text
    return f"{anchors}{above}:\n{text}" if above else anchors + text


def test_a_wrong_answer_to_no_task_is_refused():
    with pytest.raises(ValueError, match="no task is named nonsense"):
        answer_files(LABS[0], "def nonsense():\n    pass\n")


bodies = st.lists(st.sampled_from(["x = 1", "# note", "if x:\n        y = 2", "return x", '"text"']), min_size=1)


@given(bodies, st.booleans())
def test_any_body_is_replaced_by_one_line(body, decorated):
    text = "\n    ".join([*body, "pass"])
    source = f'{"@staticmethod" if decorated else "# above"}\ndef f(x):\n    """Do it."""\n    {text}\n\n\nafter = 1\n'
    starter = starter_of(source, [task(1, "f")])
    (node,) = [one for one in ast.parse(starter).body if isinstance(one, ast.FunctionDef)]
    assert [type(one).__name__ for one in node.body] == ["Expr", "Raise"]
    assert starter.endswith("\n\n\nafter = 1\n")


DOCKERFILE = """# Above all of it.

# Packages: what is installed, and
# how: with care.
FROM python AS packages
# not a section: an answer's own comment
RUN one \\
    # Inside: of an instruction
    two

FROM python
# More: one line
USER 1

# Less words
CMD ["x"]
"""


def docker_task(number: int, part: str) -> Task:
    return Task(number, f"Write {part}", "x.Dockerfile", part, ("a", "b", "c"))


def test_of_a_dockerfile_the_sections_go_and_their_comments_stay():
    starter = starter_of(DOCKERFILE, [docker_task(1, "Packages"), docker_task(2, "More")])
    body = DOCKERFILE[DOCKERFILE.index("FROM python AS") : DOCKERFILE.index("\nFROM python\n")]
    rest = 'USER 1\n\n# Less words\nCMD ["x"]\n'
    assert starter == DOCKERFILE.replace(body, "TODO Task 1: Write Packages\n").replace(
        rest, "TODO Task 2: Write More\n"
    )


def test_a_section_or_a_key_that_is_not_there_is_refused():
    for part in ("Inside", "Less", "Nothing"):
        with pytest.raises(ValueError, match=part):
            starter_of(DOCKERFILE, [docker_task(1, part)])
    with pytest.raises(ValueError, match="one"):
        starter_of("# Above.\n\none: 1\n", [Task(1, "x", "x.yaml", "one", ("a", "b", "c"))])
    with pytest.raises(ValueError, match="not a kind of file"):
        starter_of("", [Task(1, "x", "x.sh", "one", ("a", "b", "c"))])


COMPOSE = """x: &x {a: 1}  # stays

services:
  # One: with a comment.
  one:
    <<: *x
    # the answer's own
    list:
      - 2

  # Another.
  other: {b: 3}
# the end
"""


def test_of_a_yaml_file_the_values_go_and_the_keys_stay():
    tasks = [Task(n, key, "x.yaml", f"services.{key}", ("a", "b", "c")) for n, key in enumerate(("one", "other"), 1)]
    one = COMPOSE[COMPOSE.index("  one:") : COMPOSE.index("\n  # Another")]
    assert starter_of(COMPOSE, tasks) == COMPOSE.replace(one, '  one: "Task 1: one"\n').replace(
        "other: {b: 3}", 'other: "Task 2: other"'
    )
