"""Takes the answers of a submission apart, in a process that has given up everything else, because Python's parser can
be made to take all memory, or to crash.

Standard input is JSON: ``parts``, for each task its file and the part of it that is the answer; ``files``, their bytes
as Latin-1; and ``run``, how many pieces make a run. It writes a JSON list of numbers, one for each run.

It is a script of its own that uses only Python's own modules. Argument: how many seconds of processor time it may take.
"""

from __future__ import annotations

import ast
import encodings.cp1252
import encodings.latin_1  # noqa: F401  what old editors write; there is no importing it later
import hashlib
import json
import re
import sys
import warnings
from collections.abc import Iterator

from archive_reader import give_up_everything_else

MOST_RUNS = 50_000  # an answer has a few hundred
WORD = re.compile(r"[^\s,\[\]{}\"']+")


def runs(asked: dict) -> Iterator[int]:
    for file, part in asked["parts"]:
        found = pieces(file, asked["files"].get(file, "").encode("latin-1"), part)
        for start in range(len(found) - asked["run"] + 1):
            run = "\0".join(found[start : start + asked["run"]]).encode(errors="replace")
            yield int.from_bytes(hashlib.blake2b(run, digest_size=8).digest())


def pieces(file: str, source: bytes, part: str) -> list[str]:
    """What an answer consists of, in order: for a Python function its syntax, for other files their words."""
    if file.endswith(".py"):
        return syntax(source, part)
    lines = source.decode(errors="replace").splitlines()
    return [word for line in lines if not line.lstrip().startswith("#") for word in WORD.findall(line)]


def syntax(source: bytes, part: str) -> list[str]:
    """The kinds of syntax in a function in order, with what is called and the constants, but without variable names.

    None for a file that is not Python or has no such function.
    """
    try:
        found = ast.parse(source)
        for name in part.split("."):
            found = [node for node in found.body if getattr(node, "name", None) == name][-1]
        return [_piece(node) for node in ast.walk(found)]
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError, OSError):
        return []  # also for a number too long to write out, and for an unknown encoding


def _piece(node: ast.AST) -> str:
    extra = getattr(node, "attr", None) or (repr(node.value) if isinstance(node, ast.Constant) else "")
    return f"{type(node).__name__} {extra}"


def main() -> None:
    warnings.simplefilter("ignore")  # from a compiler that looks at somebody's program
    asked = json.load(sys.stdin.buffer)
    give_up_everything_else(int(sys.argv[1]))
    found = {run for _, run in zip(range(MOST_RUNS), runs(asked), strict=False)}
    sys.stdout.buffer.write(json.dumps(sorted(found)).encode())


if __name__ == "__main__":
    main()
