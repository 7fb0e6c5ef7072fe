"""The sections of a Dockerfile: a comment that begins with a word and a colon, and the instructions under it.

A section ends at the next such comment, or at the next stage. The comment is the task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from dockerfile_parse import DockerfileParser

from workbook.labs.authoring.parts import Part

HEADING = re.compile(r"([A-Z]\w+): ")
STUB = "TODO {}"


def parts_of(source: str) -> dict[str, Part]:
    """Every section by the first word: ``# Health: …`` begins the section ``Health``."""
    entries = list(_outermost(DockerfileParser(fileobj=BytesIO(source.encode())).structure))
    starts = [number for number in range(len(entries)) if _begins(entries, number)]
    sections = [_section(entries[start:end]) for start, end in zip(starts, [*starts[1:], len(entries)], strict=True)]
    return {HEADING.match(part.text)[1]: part for part in sections}


def _outermost(structure: list[dict]) -> Iterator[dict]:
    """The comments and instructions in order, except for comments inside an instruction."""
    inside = {line for entry in structure for line in range(entry["startline"] + 1, entry["endline"] + 1)}
    yield from sorted(
        (entry for entry in structure if entry["startline"] not in inside), key=lambda entry: entry["startline"]
    )


def _begins(entries: list[dict], number: int) -> bool:
    above = entries[number - 1] if number else None
    follows_a_comment = above and _is_comment(above) and above["endline"] + 1 == entries[number]["startline"]
    return _is_comment(entries[number]) and not follows_a_comment and bool(HEADING.match(entries[number]["value"]))


def _section(entries: list[dict]) -> Part:
    """``entries`` are those from a heading to the next one; what comes after another stage's FROM is left out."""
    comment = [entry for number, entry in enumerate(entries) if all(map(_is_comment, entries[: number + 1]))]
    body = entries[len(comment) :]
    for number, entry in enumerate(body):
        if number and entry["instruction"] == "FROM":
            body = body[:number]
            break
    while body and _is_comment(body[-1]):
        body.pop()
    first, last = body[0]["startline"] if body else comment[-1]["endline"] + 1, (body or comment)[-1]["endline"] + 1
    text = "\n".join(entry["value"] for entry in comment)
    return Part(range(comment[0]["startline"], last), range(first, last), text, STUB)


def _is_comment(entry: dict) -> bool:
    return entry["instruction"] == "COMMENT"
