"""Where should this model run? Six answers in, the places in order out, each with what argues for and against it.

``rules.toml`` is the table; the page of the site reasons with the same table in the browser.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.errors import UserError

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Argument:
    """What an answer says about a place: ``weight`` is positive for it, negative against it, 0 if it excludes it."""

    about: str  # application, platform or framework
    weight: int
    because: str


@dataclass(frozen=True)
class Advice:
    """One place and what speaks about it. ``score`` is the sum of the weights."""

    place: str
    name: str
    arguments: tuple[Argument, ...]
    excluded: bool

    @property
    def score(self) -> int:
        return sum(argument.weight for argument in self.arguments)


def read_rules() -> dict[str, Any]:
    """``rules.toml``: lists of tables by the keys question, place and rule."""
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


def advise(answers: Mapping[str, str]) -> list[Advice]:
    """All places, the best first, those that an answer excludes last; equals in the order of the table.

    ``answers`` has the key of an option for each question. Raises UserError if one is missing or unknown.
    """
    rules = read_rules()
    about = {question["key"]: question["about"] for question in rules["question"]}
    check(answers, rules["question"])
    advice = []
    for place in rules["place"]:
        said = [rule for rule in rules["rule"] if place["key"] in rule["places"] and holds(rule, answers)]
        arguments = tuple(Argument(about[next(iter(rule["when"]))], weight(rule), rule["because"]) for rule in said)
        excluded = any(rule["says"] == "excludes" for rule in said)
        advice.append(Advice(place["key"], place["name"], arguments, excluded))
    return sorted(advice, key=lambda one: (one.excluded, -one.score))


def check(answers: Mapping[str, str], questions: list[dict[str, Any]]) -> None:
    if unknown := answers.keys() - {question["key"] for question in questions}:
        raise UserError(
            f"there is no question {min(unknown)!r}: {', '.join(question['key'] for question in questions)}"
        )
    for question in questions:
        given = answers.get(question["key"])
        if given not in question["options"]:
            raise UserError(f"{question['key']}={given!r}: {question['text']} One of {', '.join(question['options'])}")


def holds(rule: dict[str, Any], answers: Mapping[str, str]) -> bool:
    return all(answers[question] in accepted for question, accepted in rule["when"].items())


def weight(rule: dict[str, Any]) -> int:
    return {"for": 1, "against": -1, "excludes": 0}[rule["says"]] * rule.get("weight", 0)
