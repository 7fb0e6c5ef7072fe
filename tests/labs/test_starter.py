"""The starter is the reference without the answers, and nothing else is changed."""

from __future__ import annotations

import ast
import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.labs.answers import LABS, NAMES
from workbook.labs.manifest import Task
from workbook.labs.starter import answer_files, functions_of, reference_files, starter_files, starter_of

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
        starter = starter_files(lab)[name]
        ast.parse(starter)
        added = [
            line[2:].strip() for line in difflib.ndiff(reference.splitlines(), starter.splitlines()) if line[0] == "+"
        ]
        assert all(line.startswith("raise NotImplementedError(") for line in added)
        assert starter.count("raise NotImplementedError(") == sum(
            one.reference.endswith(f"/{name}") for one in lab.tasks
        )


@pytest.mark.parametrize("lab", LABS, ids=NAMES)
def test_the_answer_in_the_references_own_words_is_the_reference(lab):
    source = "\n\n".join(reference_files(lab).values())
    wanted = {task.function for task in lab.tasks}
    whole = functions_of(ast.parse(source))
    assert wanted <= set(whole)
    for name in wanted:
        node = whole[name]
        lines = source.splitlines()
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
        text = "\n".join(lines[first : node.end_lineno])
        text = f"class {name.partition('.')[0]}:\n{text}" if "." in name else text
        assert answer_files(lab, text) == reference_files(lab)


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
