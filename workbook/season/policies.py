"""The five policies as one thing that the year can ask, each answer looked at before it is used."""

from __future__ import annotations

import importlib.util
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np

from pipeline.season import policies as reference
from workbook.errors import UserError

SECONDS = 60  # for one question; the reference needs far less than one
NAMES = ("validate", "detect", "choose_labels", "gate", "route")


@dataclass(frozen=True)
class Policies:
    """The functions of ``pipeline.season.policies``, or others with the same arguments."""

    validate: Callable
    detect: Callable
    choose_labels: Callable
    gate: Callable
    route: Callable

    def ask(self, name: str, *arguments: object) -> object:
        """What the policy answers.

        Raises ``UserError`` if it raises, takes longer than ``SECONDS``, or answers what cannot be such an answer.
        """
        try:
            answer = _in_time(getattr(self, name), *arguments)
        except NotImplementedError as error:
            raise UserError(f"{name} is not written yet, so the season scores 0 points") from error
        except (Exception, SystemExit) as error:
            place = _line_of(error, getattr(self, name))
            raise UserError(f"{name} raised {type(error).__name__}{place}: {error}") from error
        checks: dict[str, Callable] = {
            "validate": lambda: _mask(answer, len(arguments[1])),
            "choose_labels": lambda: _rows(answer, len(arguments[0]), arguments[1]),
            "route": lambda: _share(answer),
        }
        return checks.get(name, lambda: _yes_or_no(name, answer))()


def the_reference() -> Policies:
    return Policies(*(getattr(reference, name) for name in NAMES))


def policies_in(path: Path) -> Policies:
    """The functions of a student's file. Raises ``UserError`` for a file without them, or that cannot be imported."""
    spec = importlib.util.spec_from_file_location("season_policies", path)
    module = importlib.util.module_from_spec(spec)
    try:
        _in_time(spec.loader.exec_module, module)
    except (Exception, SystemExit) as error:
        raise UserError(f"{path.name} cannot be imported: {type(error).__name__}: {error}") from error
    missing = [name for name in NAMES if not callable(getattr(module, name, None))]
    if missing:
        raise UserError(f"{path.name} has no function {', '.join(missing)}: bring it back from the starter")
    return Policies(*(getattr(module, name) for name in NAMES))


def rehearse(policies: Policies) -> None:
    """Ask each policy once, before the minutes of a year begin. Raises ``UserError`` as ``Policies.ask`` does."""
    random = np.random.default_rng(0)
    scores = random.dirichlet(np.ones(len(reference.CLASSES)), 100).astype(np.float32)
    pixels = random.integers(0, 256, (100, 28, 28), dtype=np.uint8)
    statistics = random.normal(size=(100, 9))
    report = {"old": 0.85, "new": None, "classes": {"bad": 0.8, "good": 0.9}}
    policies.ask("validate", pixels, np.array(reference.CLASSES)[scores.argmax(axis=1)], scores, pixels[:0])
    policies.ask("detect", statistics, statistics)
    policies.ask("choose_labels", scores, 90)
    policies.ask("gate", report, report)
    policies.ask("route", 0.25, 10, 0)


def _in_time(function: Callable, *arguments: object) -> object:
    """What the function returns or raises; a ``TimeoutError`` if that takes longer than ``SECONDS``.

    A thread cannot be stopped by force, so one that is late runs until this process ends.
    """
    future: Future = Future()

    def run() -> None:
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    if not wait([future], SECONDS).done:
        raise TimeoutError(f"no answer after {SECONDS} s; look for a loop that does not end")
    return future.result()


def _line_of(error: BaseException, policy: Callable) -> str:
    """Where in the policy's file it was raised, as words: the checks may pass, and the year asks about other data."""
    code = getattr(policy, "__code__", None)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f" in line {lines[-1]} of {Path(code.co_filename).name}" if lines else ""


def _array(answer: object) -> np.ndarray:
    """As an array; rows of different lengths, which make none, as a single thing."""
    try:
        return np.asarray(answer)
    except ValueError:
        return np.asarray(None)


def _mask(answer: object, count: int) -> np.ndarray:
    mask = _array(answer)
    if mask.shape != (count,) or mask.dtype != bool:
        raise UserError(f"validate must return {count} bools, one for each picture")
    return mask


def _rows(answer: object, count: int, budget: int) -> np.ndarray:
    rows = _array(answer)
    if not rows.size:
        return np.zeros(0, int)
    whole = rows.ndim == 1 and rows.dtype.kind in "iu"
    if not whole or len(set(rows.tolist())) != len(rows) or len(rows) > budget or rows.min() < 0 or rows.max() >= count:
        raise UserError(f"choose_labels must return at most {budget} different row numbers below {count}")
    return rows


def _share(answer: object) -> float:
    if isinstance(answer, bool) or not isinstance(answer, Real) or not 0 <= answer <= 1:
        raise UserError("route must return a share from 0 to 1")
    return float(answer)


def _yes_or_no(name: str, answer: object) -> bool:
    if not isinstance(answer, bool | np.bool_):
        raise UserError(f"{name} must return True or False")
    return bool(answer)
