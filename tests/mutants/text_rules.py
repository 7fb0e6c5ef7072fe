"""Mutants of a section of a Dockerfile, or a key of a YAML file: a line, an option or a word is lost or changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml


def mutants_of(source: str, lines: range) -> Iterator[tuple[str, str]]:
    """The source with one slip each in ``lines``, counted from 0, after what the slip is."""
    written = source.splitlines(keepends=True)
    for at in lines:
        if not written[at].strip() or written[at].lstrip().startswith("#"):
            continue
        for slip in _slips_of(written[at]):
            mutant = "".join([*written[:at], slip, *written[at + 1 :]])
            if mutant != source and _can_be_read(mutant, source):
                yield f"{written[at].strip()} -> {slip.strip() or 'nothing'}", mutant


def _slips_of(line: str) -> Iterator[str]:
    yield ""
    for option in re.finditer(r" --?[a-z][\w-]*(=\S+)?", line):
        yield line[: option.start()] + line[option.end() :]
    for number in re.finditer(r"(?<![\w.])\d+(?![\w.])", line):
        yield line[: number.start()] + str(int(number[0]) + 1) + line[number.end() :]
        yield line[: number.start()] + str(int(number[0]) * 1000) + line[number.end() :]
    for word in re.finditer(r"\b(true|false)\b", line):
        yield line[: word.start()] + ("false" if word[0] == "true" else "true") + line[word.end() :]
    for word in re.finditer(r"(?<=[\s/:\"'=\[])[A-Za-z_][\w.-]+(?=[\s/:\"',\]]|$)", line):
        yield line[: word.start()] + word[0] + "x" + line[word.end() :]
    for chained in re.finditer(r" && | \|\| ", line):
        yield line[: chained.start()] + " ; " + line[chained.end() :]


def _can_be_read(mutant: str, source: str) -> bool:
    """Whether it is YAML still, where it was; a Dockerfile is whatever it says."""
    if not _is_yaml(source):
        return True
    return _is_yaml(mutant)


def _is_yaml(text: str) -> bool:
    try:
        return isinstance(yaml.safe_load(text), dict)
    except yaml.YAMLError:
        return False
