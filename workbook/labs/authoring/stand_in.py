"""A student's files with some parts replaced by the reference's: what goes wrong in one task must not get in the way of
another.

No parser sees what the student wrote: a function of the reference goes after it and takes over the name, and a section
of a Dockerfile is found by its heading. A service of a compose file needs no other, and stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from workbook.labs.authoring.dockerfile_sections import HEADING, parts_of
from workbook.labs.authoring.manifest import Lab, Task
from workbook.labs.authoring.python_functions import Function, functions_of, taking_over
from workbook.labs.authoring.starter import reference_files


def with_reference(lab: Lab, files: Mapping[str, bytes], tasks: Iterable[Task]) -> dict[str, bytes]:
    """``files`` with the reference's parts for ``tasks``, as far as they can be put in."""
    found = dict(files)
    reference = reference_files(lab)
    wanted: dict[str, list[str]] = {}
    for task in tasks:
        wanted.setdefault(PurePath(task.reference).name, []).append(task.function)
    for name, parts in wanted.items():
        put = {".py": _with_functions, ".Dockerfile": _with_sections}.get(PurePath(name).suffix)
        if put and name in found:
            found[name] = put(found[name], reference[name], parts)
    return found


def _with_functions(content: bytes, source: str, names: list[str]) -> bytes:
    tree = ast.parse(source)
    functions = functions_of(tree)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) and not _is_future(node)]
    wanted = taking_over({name: functions[name] for name in names})
    text = "\n".join([*map(ast.unparse, [*imports, *_helpers(functions, names)]), wanted])
    return content + b"\n\n" + text.encode("ascii", "backslashreplace") + b"\n"  # in whatever encoding their file has


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _helpers(functions: dict[str, Function], names: list[str]) -> list[Function]:
    """The private functions that these need, which a starter may not have."""
    waiting, found = list(names), {}
    while waiting:
        for node in ast.walk(functions[waiting.pop()]):
            name = getattr(node, "id", "")
            if name.startswith("_") and name in functions and name not in found:
                found[name] = functions[name]
                waiting.append(name)
    return list(found.values())


def _with_sections(content: bytes, source: str, names: list[str]) -> bytes:
    """The same for the sections of a Dockerfile; one whose heading is missing is left out."""
    lines = content.split(b"\n")
    known, own = source.splitlines(), parts_of(source)
    for name in names:
        if place := _section(lines, name.encode()):
            whole = own[name].whole
            lines[place.start : place.stop] = [line.encode() for line in known[whole.start : whole.stop]]
    return b"\n".join(lines)


def _section(lines: list[bytes], name: bytes) -> range | None:
    """From the heading to the next one or, after the first instruction, to the next stage."""
    start = next((number for number, line in enumerate(lines) if line.startswith(b"# " + name + b": ")), None)
    if start is None:
        return None
    begun = False
    for number in range(start + 1, len(lines)):
        line, above = lines[number], lines[number - 1]
        is_comment = line.startswith(b"#")
        is_heading = is_comment and HEADING.match(line[1:].strip().decode(errors="replace"))
        if (is_heading and not above.startswith(b"#")) or (begun and line[:5].upper() == b"FROM "):
            return range(start, number)
        begun = begun or (bool(line.strip()) and not is_comment)
    return range(start, len(lines))
