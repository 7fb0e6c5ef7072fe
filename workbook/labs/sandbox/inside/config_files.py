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
MERGE = "tag:yaml.org,2002:merge"  # the key << may be there several times
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
    text, name = _text(path), Path(path).name
    if text.count("[") + text.count("{") > MOST_BRACKETS:  # for each, the parser looks at all open ones
        raise BadFile(f"{name} has more than {MOST_BRACKETS} brackets")
    try:
        # The nodes first: there an alias is only a pointer, so counting comes before anything multiplies.
        _look_through(_only_document(text, name), name, task)
        content = next((one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one is not None), None)
    except (yaml.YAMLError, RecursionError) as error:
        raise BadFile(f"{name} is not YAML: {_told(error, text)}") from error
    if not isinstance(content, dict):
        raise BadFile(f"{name} has no mapping: expected keys with values")
    return content


def _only_document(text: str, name: str) -> yaml.Node | None:
    documents = [one for one in yaml.compose_all(text, Loader=yaml.CSafeLoader) if not _is_empty(one)]
    if len(documents) > 1:
        line = documents[1].start_mark.line + 1
        raise BadFile(f"{name} has a second document on line {line}, after ---: one belongs here")
    return next(iter(documents), None)


def _look_through(root: yaml.Node | None, name: str, task: int) -> None:
    for count, node in enumerate(_nodes(root)):
        if count > MOST_VALUES:
            raise BadFile(f"{name} has more than {MOST_VALUES} values: its aliases multiply")
        if isinstance(node, yaml.ScalarNode) and node.value.startswith(f"Task {task}: "):
            raise NotImplementedError(node.value)
        if again := _again(node):
            raise BadFile(f"{name} has `{again.value[:40]}` twice, again on line {again.start_mark.line + 1}: keep one")


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
    if len(content) > MOST_BYTES:
        raise BadFile(f"{Path(path).name} is larger than {MOST_BYTES // 1024} kB")
    if b"\0" in content and not content.startswith(UTF_16):
        raise BadFile(f"{Path(path).name} is not text")
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


def _is_empty(document: yaml.Node) -> bool:
    """Whether there is nothing in it, as after the ``---`` at the end of a file."""
    return isinstance(document, yaml.ScalarNode) and not document.value


def _again(node: yaml.Node) -> yaml.ScalarNode | None:
    """A key that its mapping has had before: PyYAML takes the last one; kubectl and Docker refuse the file."""
    seen = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
            if key.value in seen:
                return key
            seen.add(key.value)
    return None


def _told(error: Exception, text: str) -> str:
    """What is wrong, where, and what is usually meant by it, in one line."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())[:200]
    number = error.problem_mark.line + 1
    line = next(iter(text.splitlines()[number - 1 : number]), "")
    told = f"line {number}: {' '.join((error.problem or '').split())[:120]}"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{told}; indent by spaces, not by tabs"
    return f"{told}; what a template fills in at {{{{ }}}} has to be filled in" if "{{" in text else told


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
