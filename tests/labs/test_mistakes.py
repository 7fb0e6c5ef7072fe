"""What an answer is like: a known mistake, by the checks that it fails, or the reference, by its words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.labs.classroom import LAB, REFERENCE
from workbook.labs.checks.results import Report, Result, State
from workbook.labs.grading import mistakes, similarity
from workbook.labs.grading.mistakes import Mistake, nearest

RIGHT = Result("a", "A", 1, 2, State.PASSED)


def report(*failed: str, **others: Result) -> Report:
    names = ["a", "b", "c", "d", "e"]
    results = [replace(RIGHT, name=name, state=State.FAILED if name in failed else State.PASSED) for name in names]
    return Report(LAB.name, tuple(others.get(one.name, one) for one in results))


KNOWN = [Mistake("scales", frozenset("ab")), Mistake("turns", frozenset("cde")), Mistake("twice", frozenset("cde"))]


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ("ab", "scales (the same checks fail)"),
        ("abc", "scales (2 of 3 checks agree)"),
        ("cde", "turns Or: twice (the same checks fail)"),
        ("bc", None),
        ("", None),
    ],
)
def test_the_nearest_known_mistake_is_said_and_how_near(failed, told):
    found = nearest(report(*failed), KNOWN)
    assert (found and str(found)) == told


def test_what_was_not_judged_is_no_sign_of_a_mistake():
    to_do = replace(RIGHT, name="b", state=State.TODO)
    assert str(nearest(report("a", b=to_do), KNOWN)) == "scales (the same checks fail)"
    assert nearest(report("a", a=replace(RIGHT, state=State.FAILED, disturbed=True)), KNOWN) is None


def test_the_known_mistakes_come_from_running_the_wrong_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(mistakes, "_paths", lambda lab: [lab.folder / "wrong" / "no_allow.py"])
    said = []
    (found,) = mistakes.known_mistakes(LAB, "0" * 16, 1, said.append)
    assert found.failed == {"test_a_405_says_what_is_allowed"}
    assert found.title.startswith("Makes a new answer for Flask's refusals")
    assert mistakes.known_mistakes(LAB, "0" * 16, 1, said.append) == [found]
    assert len(said) == 1  # the second time, they were there
    assert not list(LAB.folder.rglob("*.json"))


def test_what_is_copied_from_the_reference_is_told_however_many_did():
    copies = {f"copy{number}": {name: source.encode() for name, source in REFERENCE.items()} for number in range(7)}
    source = REFERENCE["routes.py"].replace("repository", "store").replace("# ", "# my ")
    copies["renamed"] = {**copies["copy0"], "routes.py": source.encode()}
    found = similarity.alike(LAB, {**copies, "none": {}})
    assert {pair.one for pair in found if pair.other == similarity.THE_REFERENCE} == set(copies)
    assert len([pair for pair in found if pair.other != similarity.THE_REFERENCE]) == 28
