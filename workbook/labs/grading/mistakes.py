"""Which known mistake an answer is nearest to: its failed checks beside those of the lab's named wrong answers.

A check counts with how it failed: returning a wrong number, returning nothing and raising an exception are not the same
mistake. What a wrong answer fails is found by running it, never written down; the results are kept in the user's cache
until the lab changes.
"""

from __future__ import annotations

import ast
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.starter import answer_of, forgetful_answers
from workbook.labs.checks.launch import CheckerFailed, check_files
from workbook.labs.checks.results import Report, State

WRONG = "wrong"
NEAR = 0.5  # the least share of all checks failed by either that both fail
MOST_NAMED = 2  # of mistakes that fail alike


@dataclass(frozen=True)
class Mistake:
    """A named wrong answer: what it does, in a sentence, and the checks that it fails, each with how."""

    title: str
    failed: frozenset[str]


@dataclass(frozen=True)
class Nearest:
    """The known mistakes that an answer is nearest to; more than one if no check tells them apart.

    ``same`` of the ``either`` checks that either of the two fails are failed by both.
    """

    titles: tuple[str, ...]
    same: int
    either: int

    def __str__(self) -> str:
        how = "the same checks fail" if self.same == self.either else f"{self.same} of {self.either} checks agree"
        more = len(self.titles) - MOST_NAMED
        named = [*self.titles[:MOST_NAMED], *([f"{more} more that fail alike"] if more > 0 else [])]
        return f"{' Or: '.join(named)} ({how})"


def known_mistakes(lab: Lab, version: str, jobs: int, say: Callable[[str], None]) -> list[Mistake]:
    """The lab's wrong answers, each with the checks that it fails; ``version`` is the lab's ``lab_digest``."""
    answers = _answers(lab)
    cache = _cache_folder() / f"{lab.name}-{version[:16]}.json"
    try:
        kept = json.loads(cache.read_text(encoding="utf-8"))
        return [Mistake(one["title"], frozenset(one["failed"])) for one in kept]
    except (OSError, ValueError, KeyError, TypeError):
        say(f"Trying the {len(answers)} known mistakes of lab {lab.number}: once, until the lab changes.")
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda answer: _tried(lab, *answer), answers))
    if not any(one is None for one in found):  # a disturbed result is not kept
        _keep(cache, found)
    return [one for one in found if one]


def nearest(report: Report, mistakes: list[Mistake]) -> Nearest | None:
    """What an answer is nearest to, by the checks that were judged; None if it failed none, or nothing is near."""
    sure = [one for one in report.results if not (one.lost or one.disturbed)]
    judged = {one.name for one in sure if one.state in (State.PASSED, State.FAILED)}
    failed = {sign for sign in _signs(report) if _check_of(sign) in judged}
    shares: dict[str, tuple[float, int, int]] = {}
    for mistake in mistakes:
        theirs = {sign for sign in mistake.failed if _check_of(sign) in judged}
        same, either = len(failed & theirs), len(set(map(_check_of, failed | theirs)))
        if theirs and failed and same / either >= NEAR:
            shares[mistake.title] = (same / either, same, either)
    if not shares:
        return None
    best = max(shares.values())
    titles = [title for title, share in shares.items() if share == best]
    return Nearest(tuple(titles), *best[1:])


def counted(found: Iterable[Nearest | None]) -> list[tuple[str, int]]:
    """How often each was found, in the words of a student's page; the most frequent first."""
    return Counter(str(one) for one in found if one).most_common()


def _signs(report: Report) -> frozenset[str]:
    """The checks that fail, each with how."""
    return frozenset(f"{one.name} {one.how}" for one in report.results if one.state is State.FAILED)


def _check_of(sign: str) -> str:
    return sign.partition(" ")[0]


def _answers(lab: Lab) -> list[tuple[str, dict[str, str]]]:
    """The known mistakes, each as what it does and its files."""
    paths = sorted(path for path in (lab.folder / WRONG).iterdir() if path.is_file())
    forgetful = [(f"Forgets the `return` of {task.function}", files) for task, files in forgetful_answers(lab)]
    return [*((_title(path), answer_of(lab, path)) for path in paths), *forgetful]


def _tried(lab: Lab, title: str, files: dict[str, str]) -> Mistake | None:
    """What a wrong answer fails; None if the machine was too busy to tell, or its checks could not be run."""
    try:
        report = check_files(lab, {name: source.encode() for name, source in files.items()})
    except CheckerFailed:
        return None
    return None if any(one.disturbed for one in report.results) else Mistake(title, _signs(report))


def _title(path: Path) -> str:
    """The first sentence of its docstring, or of the comment at its top."""
    source = path.read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source)) if path.suffix == ".py" else source.lstrip("# ")
    return " ".join(text.partition("\n")[0].split()).rstrip(".")


def _keep(cache: Path, mistakes: list[Mistake]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    half = cache.with_suffix(f".{os.getpid()}")
    content = [{"title": one.title, "failed": sorted(one.failed)} for one in mistakes]
    half.write_text(json.dumps(content), encoding="utf-8")
    half.replace(cache)


def _cache_folder() -> Path:
    """Where a user's programs keep what they can work out again."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base or Path.home() / ".cache") / "workbook" / "mistakes"
