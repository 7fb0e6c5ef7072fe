"""A guess is taken, kept and set beside the answer; without one, a notebook prints the same as ever."""

from __future__ import annotations

import json

import numpy as np
import pytest

from workbook import guess, reveal


@pytest.fixture(autouse=True)
def _in_a_course_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("workbook.lessons.guess._given", {})


def kept() -> dict:
    with open("work/guesses.json", encoding="utf-8") as file:
        return json.load(file)


def test_without_a_guess_it_says_what_is_expected_and_the_answer_stands_alone(capsys):
    guess("unscaled accuracy", ..., between=(0, 1))
    reveal("unscaled accuracy", 0.8494)
    assert capsys.readouterr().out.splitlines() == [
        "unscaled accuracy: put a number from 0 to 1 in place of the dots, and run this cell again",
        "unscaled accuracy: 0.849",
    ]


@pytest.mark.parametrize(
    ("yours", "expected", "answer", "told"),
    [
        (0.5, {"between": (0, 1)}, 0.849, "unscaled: 0.849; your guess was 0.5, off by 0.349"),
        (1000, {"between": (0, 9999)}, 2000.0, "unscaled: 2,000.000; your guess was 1,000, off by 1,000.000"),
        (0.5, {"between": (0, 1)}, np.float32(0.849), "unscaled: 0.849; your guess was 0.5, off by 0.349"),
        (np.float32(0.5), {"between": (0, 1)}, 0.849, "unscaled: 0.849; your guess was 0.5, off by 0.349"),
        (np.int64(9), {"between": (0, 99)}, np.int64(8), "unscaled: 8.000; your guess was 9, off by 1.000"),
        ("b", {"among": ["a", "b"]}, "b", "unscaled: b; your guess was b, right"),
        ("a", {"among": ["a", "b"]}, "b", "unscaled: b; your guess was a, not so"),
        (["b", "a"], {"order": ["a", "b"]}, ["b", "a"], "unscaled: b, a; your guess was b, a, right"),
        (("a", "b"), {"order": ["a", "b"]}, ["b", "a"], "unscaled: b, a; your guess was a, b, not so"),
    ],
)
def test_a_guess_is_kept_and_set_beside_the_answer(capsys, yours, expected, answer, told):
    guess("unscaled", yours, **expected)
    assert "your guess is" in capsys.readouterr().out
    reveal("unscaled", answer)
    assert capsys.readouterr().out.rstrip() == told
    assert kept() == {"unscaled": list(yours) if isinstance(yours, tuple) else yours}


@pytest.mark.parametrize(
    ("yours", "expected"),
    [
        ("0.5", {"between": (0, 1)}),
        (True, {"between": (0, 1)}),
        (1.5, {"between": (0, 1)}),
        (float("nan"), {"between": (0, 1)}),
        (None, {"among": ["a", "b"]}),
        (["a"], {"among": ["a", "b"]}),
        (["a", "a"], {"order": ["a", "b"]}),
        ("ab", {"order": ["a", "b"]}),
    ],
)
def test_what_cannot_be_a_guess_is_told_so_and_not_kept(capsys, yours, expected):
    guess("unscaled", yours, **expected)
    assert "cannot be it; expected" in capsys.readouterr().out
    reveal("unscaled", "b")
    assert capsys.readouterr().out == "unscaled: b\n"


def test_what_was_guessed_in_another_kernel_is_kept_and_not_printed(capsys):
    guess("first", 1, between=(0, 9))
    guess("first", ..., between=(0, 9))
    reveal("first", 2, digits=0)
    assert capsys.readouterr().out.splitlines()[-1] == "first: 2"
    guess("second", 3, between=(0, 9))
    assert kept() == {"first": 1, "second": 3}


@pytest.mark.parametrize("left", ["[1, 2", "[1, 2]", "null", '"a"', ""])
def test_a_file_that_somebody_has_edited_costs_nobody_the_lesson(capsys, tmp_path, left):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "guesses.json").write_text(left)
    guess("first", 1, between=(0, 9))
    assert kept() == {"first": 1}
