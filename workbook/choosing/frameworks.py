"""Which framework runs where: the table of places against frameworks, read off the rules of the choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbook.choosing.chooser import read_rules

FITS = {"for": "yes", "against": "detour", "excludes": "no"}


@dataclass(frozen=True)
class Cell:
    """Whether a framework's model runs at a place. ``evidence`` is a file of this course, or a source and its date."""

    place: str
    framework: str
    fit: str  # yes, detour or no
    because: str
    evidence: str


def frameworks() -> dict[str, str]:
    """The frameworks and their names, from the last question."""
    (question,) = [question for question in read_rules()["question"] if question["key"] == "framework"]
    return question["options"]


def cells() -> list[Cell]:
    """A cell for each place and framework, row by row. Raises ValueError if two rules or none speak of one."""
    rules = [rule for rule in read_rules()["rule"] if set(rule["when"]) == {"framework"}]
    return [cell(place, framework, rules) for place in read_rules()["place"] for framework in frameworks()]


def cell(place: dict[str, Any], framework: str, rules: list[dict[str, Any]]) -> Cell:
    name = place["key"]
    (rule,) = [rule for rule in rules if name in rule["places"] and framework in rule["when"]["framework"]]
    evidence = rule.get("shown") or f"{rule['source']}, read on {rule['checked']}"
    return Cell(place["name"], framework, FITS[rule["says"]], rule["because"], evidence)
