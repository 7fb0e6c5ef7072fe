"""The turns of lesson 03: how sure an accuracy is, whether scores and files are the same, which version is newer."""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbook.lessons.turn import Turn, expect, number_of, truth_of


def check_interval(half_width: Callable[[float, int], float]) -> None:
    """Whether it returns half the width of a 95 percent interval of a share."""
    for share, pictures in ((0.892, 10_000), (0.5, 400), (0.892, 300)):
        given, error = half_width(share, pictures), math.sqrt(share * (1 - share) / pictures)
        said = f"half_width({share}, {pictures}) gave {given}"
        found = number_of(given, said)
        expect(not math.isclose(found, error), f"{said}: that is one standard error; 95 % take 1.96 of them")
        expect(not math.isclose(found, 1.96 * error**2), f"{said}: the square root is missing")
        expect(not math.isclose(found, 2 * 1.96 * error), f"{said}: that is the whole width, expected half of it")
        expect(math.isclose(found, 1.96 * error, rel_tol=0.03), f"{said}, expected {1.96 * error:.4f}")


def check_same_scores(same_scores: Callable[[np.ndarray, np.ndarray], bool]) -> None:
    """Whether it forgives rounding, and nothing else."""
    stored = np.array([[0.992, 0.0079999, 1e-7], [1e-9, 0.3, 0.7]], np.float32)
    expect(bool(same_scores(stored.copy(), stored)), "the stored scores were compared with themselves, and refused")
    rounded = stored + np.float32(1e-6) * np.array([[-1, 1, 1], [1, -1, -1]], np.float32)
    expect(
        bool(same_scores(rounded, stored)),
        "scores that are a millionth away were refused; that is rounding. Compare with an absolute tolerance of 1e-5",
    )
    surer = np.array([[1, 0, 0], [1e-9, 0.3, 0.7]], np.float32)
    expect(
        not same_scores(surer, stored),
        "a score that rose from 0.992 to 1 passed, because its label is the same: compare scores, and closely",
    )
    shifted = stored + np.float32(1e-3) * np.array([[-1, 1, 0], [0, 1, -1]], np.float32)
    expect(not same_scores(shifted, stored), "scores that are a thousandth away passed; rounding is far less")
    one = stored.copy()
    one[1] = [0.1, 0.3, 0.6]
    expect(not same_scores(one, stored), "one picture's scores differ, and passed: all have to be close, not some")


def check_hash(is_released: Callable[[Path, str], bool]) -> None:
    """Whether it compares the SHA-256 of a file's content."""
    with tempfile.TemporaryDirectory() as folder:
        first, copy, other = (Path(folder) / name for name in ("a.keras", "copy.keras", "other.keras"))
        first.write_bytes(b"weights")
        copy.write_bytes(b"weights")
        other.write_bytes(b"weightt")
        expected = hashlib.sha256(b"weights").hexdigest()
        expect(is_released(first, expected) is not None, "the function returns nothing; expected True or False")
        expect(
            bool(is_released(first, expected)),
            "the right file was refused. Hash its bytes, not its name, and compare hexadecimal digits",
        )
        expect(bool(is_released(copy, expected)), "a copy under another name was refused: only the bytes should count")
        expect(not is_released(other, expected), "a file with one different byte passed: compare with `expected`")


def check_newer(is_newer: Callable[[str, str], bool]) -> None:
    """Whether it compares versions number by number."""
    for recorded, installed, expected in (
        ("3.15.1", "3.14.0", True),
        ("3.14.0", "3.15.1", False),
        ("3.9.0", "3.15.1", False),
        ("3.15.1", "3.9.0", True),
        ("3.15.1", "3.15.1", False),
        ("2.15.0", "3.8.0", False),
        ("3.11.3", "3.11.2", True),
    ):
        found = is_newer(recorded, installed)
        said = f'is_newer("{recorded}", "{installed}") gave {found}'
        newer = truth_of(found, said)
        as_text = recorded > installed
        why = ": as text, 9 comes after 15, because 9 is more than 1. Compare numbers" if as_text != expected else ""
        expect(newer == expected, f"{said}, expected {expected}{why}")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="03 interval",
        check=check_interval,
        idea="A hundred times as many pictures make it ten times narrower.",
        answer=("1.96 * (accuracy * (1 - accuracy) / pictures) ** 0.5",),
        wrong=(
            ("(accuracy * (1 - accuracy) / pictures) ** 0.5",),
            ("1.96 * accuracy * (1 - accuracy) / pictures",),
            ("1.96 * (accuracy * (1 - accuracy)) ** 0.5 / pictures",),
            ("2 * 1.96 * (accuracy * (1 - accuracy) / pictures) ** 0.5",),
        ),
    ),
    Turn(
        name="03 same scores",
        check=check_same_scores,
        idea="Rounding passes, and a change of a thousandth does not.",
        answer=("np.allclose(scores, stored, rtol=0, atol=1e-5)",),
        wrong=(
            ("np.array_equal(scores, stored)",),
            ("(scores.argmax(axis=1) == stored.argmax(axis=1)).all()",),
            ("np.allclose(scores, stored, atol=0.005)",),
            ("abs(scores - stored).min() < 1e-5",),
        ),
    ),
    Turn(
        name="03 hash",
        check=check_hash,
        idea="Nobody has to trust the file's name, its size or its date.",
        answer=("hashlib.sha256(path.read_bytes()).hexdigest() == expected",),
        wrong=(
            ("hashlib.sha256(str(path).encode()).hexdigest() == expected",),
            ("hashlib.sha256(path.read_bytes()).digest() == expected",),
            ("len(expected) == 64",),
        ),
    ),
    Turn(
        name="03 newer",
        check=check_newer,
        idea="A model from a newer Keras than yours is the case that breaks.",
        answer=('[*map(int, recorded.split("."))] > [*map(int, installed.split("."))]',),
        wrong=(
            ("recorded > installed",),
            ("recorded != installed",),
            ('recorded.split(".") > installed.split(".")',),
        ),
    ),
)
