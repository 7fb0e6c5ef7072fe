"""What each task of a lab is worth, read from the source of its checks, without running anything."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from workbook.labs.authoring.manifest import Lab


def points_of(lab: Lab) -> Counter[int]:
    """The points of each task, by its number."""
    worth: Counter[int] = Counter()
    for path in lab.folder.glob("checks*.py"):
        for stated in _checks_in(path.read_text(encoding="utf-8")):
            worth[stated["task"]] += stated["points"]
    return worth


def _checks_in(source: str) -> Iterator[dict[str, int]]:
    """The numbers in each ``@check(task=…, points=…)``."""
    for node in ast.walk(ast.parse(source)):
        for decorator in getattr(node, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "check":
                constants = (word for word in decorator.keywords if isinstance(word.value, ast.Constant))
                yield {word.arg: word.value.value for word in constants}
