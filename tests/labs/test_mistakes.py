"""What an answer is like: a known mistake, by the checks that it fails, or the reference, by its words."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from tests.labs.answers import checked, instead
from tests.labs.classroom import LAB, REFERENCE
from workbook.labs.authoring.starter import answer_of
from workbook.labs.checks import plugin
from workbook.labs.checks.results import Report, Result, State
from workbook.labs.grading import gradebook, mistakes, run, similarity
from workbook.labs.grading.grades import Grade
from workbook.labs.grading.mistakes import Mistake, nearest
from workbook.labs.grading.submissions import Submission
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.student import NoAnswer

RIGHT = Result("a", "A", 1, 2, State.PASSED)


def signs(names: str, how: str = "") -> frozenset[str]:
    return frozenset(f"{name} {how}" for name in names)


def report(*failed: str, **others: Result) -> Report:
    names = ["a", "b", "c", "d", "e"]
    results = [replace(RIGHT, name=name, state=State.FAILED if name in failed else State.PASSED) for name in names]
    return Report(LAB.name, tuple(others.get(one.name, one) for one in results))


KNOWN = [
    Mistake("scales", signs("ab")),
    Mistake("turns", signs("cde")),
    Mistake("twice", signs("cde")),
    Mistake("forgets", signs("cde", "nothing")),
]


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


def test_how_it_failed_tells_mistakes_apart():
    nothing = {name: replace(RIGHT, name=name, state=State.FAILED, how="nothing") for name in "cde"}
    assert str(nearest(report(**nothing), KNOWN)) == "forgets (the same checks fail)"
    raised = {name: replace(one, how="raised") for name, one in nothing.items()}
    assert nearest(report(**raised), KNOWN) is None


def test_no_answer_is_no_exception():
    told = plugin._failure(SimpleNamespace(value=NoAnswer("no answer within 5 s")), [])
    silent = {name: replace(RIGHT, name=name, **told) for name in "cde"}
    known = [Mistake("raises", signs("cde", "raised"))]
    assert nearest(report(**{name: replace(one, disturbed=False) for name, one in silent.items()}), known) is None


def test_no_alternative_is_left_out():
    known = [Mistake(name, signs("ab")) for name in ("scales", "turns", "twice", "fourth")]
    assert str(nearest(report("a", "b"), known)) == "scales Or: turns Or: 2 more that fail alike (the same checks fail)"


@pytest.fixture(scope="module")
def known_of_lab_04(tmp_path_factory) -> list[Mistake]:
    """As grading finds them; but each answer is checked by a process that is forked, not started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(mistakes, "check_files", checked)
        return mistakes.known_mistakes(LAB, "0" * 16, 2, print)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("(pixels.astype(np.float32) / np.float32(high))[..., np.newaxis]", "Forgets the `return` of to_model_input"),
        ("return (pixels / np.float32(256)).astype(np.float32)[..., np.newaxis]", "Divides by 256"),
        ("return pixels.astype(np.float32)[..., np.newaxis]", "Forgets to divide by the range"),
        ("return (pixels / np.float32(high)).tolist()", ""),
        ("return picture", ""),
    ],
)
def test_a_mistake_gets_its_own_name_or_none(known_of_lab_04, line, told):
    found = nearest(checked(LAB, instead(LAB, LAB.tasks[:1], line)), known_of_lab_04)
    assert str(found).startswith(told) if told else found is None, found


def test_console_overview_and_page_say_the_same(tmp_path, monkeypatch):
    found = nearest(report("c", "d", "e"), KNOWN)
    graded = [Grade(Submission(name, name, {"routes.py": b""}), report("c", "d", "e"), "") for name in ("ada", "bob")]
    monkeypatch.setattr(mistakes, "known_mistakes", lambda *_: KNOWN)
    console = Console(file=StringIO(), width=200)
    graded = run._with_mistakes(LAB, graded, 1, console)
    gradebook.write_gradebook(LAB, graded, [], Level.OPEN, tmp_path)
    assert "Or: twice" in str(found)
    assert f"2 of 2: {found}" in console.file.getvalue()
    overview = (tmp_path / "overview.html").read_text()
    assert f"2 of 2: {found}" in overview and overview.count(str(found)) == 3
    assert str(found) in (tmp_path / "reports" / "ada.html").read_text()


def test_what_was_not_judged_is_no_sign_of_a_mistake():
    to_do = replace(RIGHT, name="b", state=State.TODO)
    assert str(nearest(report("a", b=to_do), KNOWN)) == "scales (the same checks fail)"
    assert nearest(report("a", a=replace(RIGHT, state=State.FAILED, disturbed=True)), KNOWN) is None


def test_the_known_mistakes_come_from_running_the_wrong_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = LAB.folder / "wrong" / "no_allow.py"
    monkeypatch.setattr(mistakes, "_answers", lambda lab: [(mistakes._title(path), answer_of(lab, path))])
    said = []
    (found,) = mistakes.known_mistakes(LAB, "0" * 16, 1, said.append)
    assert found.failed == {"test_a_405_says_what_is_allowed "}
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


def test_one_file_that_is_copied_is_told_with_its_name():
    own = {name: source.encode() for name, source in answer_of(LAB, LAB.folder / "alternative.py").items()}
    found = similarity.alike(LAB, {"ada": {**own, "routes.py": REFERENCE["routes.py"].encode()}, "bob": own})
    assert [(pair.one, pair.other) for pair in found if similarity.THE_REFERENCE in pair.other] == [
        ("ada", f"{similarity.THE_REFERENCE}, routes.py")
    ]
