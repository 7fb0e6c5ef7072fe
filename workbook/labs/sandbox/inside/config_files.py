"""Reads Dockerfiles and YAML files into plain data, in the student's process, because they may be meant to do harm.

For checks (``student.call("config_files:yaml_file", …)``) and drivers. The student's process has a copy of this file
beside its runner, so it imports nothing of the course. The lines that a starter has instead of answers raise
``NotImplementedError`` for the requested task, as those of a function do.
"""

from __future__ import annotations

import codecs
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import yaml
from dockerfile_parse import DockerfileParser

MOST_BYTES = 64 * 1024
MOST_BRACKETS = 1000
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MOST_VALUES = 5000  # in a YAML file whose aliases are written out
INSTRUCTIONS = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip
FLAG = re.compile(r"--([\w-]+)(?:=(\S+))?\s*")
HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?\s*$")
VARIABLE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?::?([-+?])([^}]*))?\})")


class BadFile(ValueError):
    """A file that Docker could not read either, or that is too large to have been written by hand."""


def dockerfile(path: str, task: int) -> list[dict]:
    """The instructions of a Dockerfile in order: ``name`` in capitals, ``flags`` as (name, value), and ``value``, which
    is a list if it is written in the JSON form. Variables are left as they are written.

    Raises ``BadFile``, and ``NotImplementedError`` if ``task`` is still to do.
    """
    content = _content(path)
    if content.startswith(UTF_16):
        raise BadFile(f"{Path(path).name} is in UTF-16, which Docker does not read: save it as UTF-8")
    # It does read other bytes, such as those that an old editor on Windows puts into a comment.
    lines = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").split("\n")
    source = "\n".join(_without_heredocs(lines)) + "\n"
    entries = DockerfileParser(fileobj=BytesIO(source.encode())).structure
    found = [_instruction(entry, path, task) for entry in entries if entry["instruction"] not in ("COMMENT", "")]
    if not any(one["name"] == "FROM" for one in found):
        raise BadFile(f"{Path(path).name} has no FROM: an image begins with another image")
    return [one for one in found if one["name"] != "TODO"]


def yaml_file(path: str, task: int) -> dict:
    """The mapping in a YAML file. Raises ``BadFile``, and ``NotImplementedError`` if ``task`` is still to
    do."""
    text = _text(path)
    if text.count("[") + text.count("{") > MOST_BRACKETS:  # for each, the parser looks at all open ones
        raise BadFile(f"{Path(path).name} has more than {MOST_BRACKETS} brackets")
    try:
        # The nodes first: there an alias is only a pointer, so counting comes before anything multiplies.
        for count, node in enumerate(_nodes(yaml.compose(text, Loader=yaml.CSafeLoader))):
            if count > MOST_VALUES:
                raise BadFile(f"{Path(path).name} has more than {MOST_VALUES} values: its aliases multiply")
            if isinstance(node, yaml.ScalarNode) and node.value.startswith(f"Task {task}: "):
                raise NotImplementedError(node.value)
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise BadFile(f"{Path(path).name} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise BadFile(f"{Path(path).name} has no mapping: expected keys with values")
    return content


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """``text`` with ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:+other}`` replaced; both kinds of files
    have these. What ``${NAME:?message}`` requires and is not set becomes nothing."""

    def value(match: re.Match) -> str:
        dollar, plain, braced, sign, word = match.groups()
        known = variables.get(plain or braced, "")
        if sign == "+":
            return word if known else ""
        return dollar or known or (word if sign == "-" else "")

    return VARIABLE.sub(value, text)


def _text(path: str) -> str:
    """The text of a YAML file, in one of the encodings of its standard: UTF-8, or UTF-16 with its mark."""
    content = _content(path)
    try:
        return content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{Path(path).name} is not UTF-8: save it as UTF-8") from error


def _content(path: str) -> bytes:
    if not Path(path).is_file():
        raise BadFile(f"there is no {Path(path).name}")
    with Path(path).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    is_text = b"\0" not in content or content.startswith(UTF_16)
    if len(content) > MOST_BYTES or not is_text:
        raise BadFile(f"{Path(path).name} is not a text of {MOST_BYTES // 1024} kB or less")
    return content


def _without_heredocs(lines: list[str]) -> Iterator[str]:
    """The commands of ``RUN <<EOF`` on one line, because the parser does not know this form; other lines as they
    are."""
    rest = iter(lines)
    for line in rest:
        start = HEREDOC.search(line)
        if not start or line.lstrip().startswith("#"):
            yield line
            continue
        body = []
        for inner in rest:
            if inner.strip() == start[1]:
                break
            body.append(inner.strip())
        yield line[: start.start()] + " ; ".join(body)


def _instruction(entry: dict, path: str, task: int) -> dict:
    name, value, flags = entry["instruction"], entry["value"].strip(), []
    if name == "TODO" and value.startswith(f"Task {task}: "):
        raise NotImplementedError(value)
    if name not in INSTRUCTIONS | {"TODO"}:
        raise BadFile(
            f"{Path(path).name}, line {entry['startline'] + 1}: {name[:20]} is not an instruction of a Dockerfile"
        )
    while flag := FLAG.match(value):
        flags.append((flag[1], flag[2] or ""))
        value = value[flag.end() :]
    return {"name": name, "flags": flags, "value": json_list(value), "line": entry["startline"] + 1}


def json_list(value: str) -> str | list[str]:
    """The list of the JSON form; any other text is the shell form, as for Docker."""
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        return value
    is_list = isinstance(content, list) and all(isinstance(item, str) for item in content)
    return content if is_list else value


def _nodes(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Every node, with aliases written out; if one contains itself, this never ends."""
    waiting = [root] if root else []
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting.extend(itertools.chain.from_iterable(node.value))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
