"""The keys of a YAML file, by the positions that its parser reports. The comment above a key is the task."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from workbook.labs.authoring.parts import Part


def parts_of(source: str) -> dict[str, Part]:
    """Every key of a mapping by its path: ``services.server``."""
    source = source.rstrip() + "\n"  # the parser does not count a last line without a line end
    root = yaml.compose(source, Loader=yaml.SafeLoader)
    return dict(_keys(root, "", source.splitlines())) if isinstance(root, yaml.MappingNode) else {}


def _keys(mapping: yaml.MappingNode, prefix: str, lines: list[str]) -> Iterator[tuple[str, Part]]:
    for key, value in mapping.value:
        is_alias = value.start_mark.line < key.start_mark.line
        if is_alias or not isinstance(key, yaml.ScalarNode):
            continue
        name = prefix + key.value
        yield name, _part(key, value, lines)
        if isinstance(value, yaml.MappingNode):
            yield from _keys(value, name + ".", lines)


def _part(key: yaml.ScalarNode, value: yaml.Node, lines: list[str]) -> Part:
    first, end = key.start_mark.line, value.end_mark.line + 1
    if isinstance(value, yaml.CollectionNode) and not value.flow_style:
        end = value.end_mark.line  # where the next thing begins
        while end > first + 1 and _is_blank_or_comment(lines[end - 1]):
            end -= 1
    whole = range(first, end)
    return Part(whole, whole, _comment_above(lines, first), " " * key.start_mark.column + key.value + ': "{}"')


def _comment_above(lines: list[str], first: int) -> str:
    comment = []
    for line in reversed(lines[:first]):
        if not line.strip().startswith("#"):
            break
        comment.insert(0, line.strip().lstrip("# "))
    return "\n".join(comment)


def _is_blank_or_comment(line: str) -> bool:
    return not line.strip() or line.strip().startswith("#")
