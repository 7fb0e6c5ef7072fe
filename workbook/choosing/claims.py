"""What the course says about tools: ``claims.toml``, and the rules whose reasons rest on a source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from workbook.choosing.chooser import read_rules

CLAIMS = Path(__file__).with_name("claims.toml")


@dataclass(frozen=True)
class Claim:
    """One sentence, where it can be read (``source``, a URL or a package), and the day on which it was read there."""

    kind: str  # license, version, limit, status, history, or framework for a rule of the choice
    text: str
    checked: date
    source: str


@dataclass(frozen=True)
class Tool:
    """A tool and its claims. ``package`` is ``pypi:NAME`` or ``npm:NAME``; ``silent_since`` its last release if that is
    known to be long ago."""

    key: str
    name: str
    claims: tuple[Claim, ...]
    package: str | None = None
    silent_since: date | None = None


def read_claims() -> list[Tool]:
    """The tools in the order of ``claims.toml``."""
    tools = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))["tool"]
    return [Tool(**(tool | {"claims": tuple(Claim(**claim) for claim in tool["claims"])})) for tool in tools]


def sourced_rules() -> list[Claim]:
    """The reasons of the choice that no file of the course shows."""
    rules = [rule for rule in read_rules()["rule"] if "source" in rule]
    return [Claim("framework", rule["because"], rule["checked"], rule["source"]) for rule in rules]
