"""Takes the answers of a submission to pieces, in a process that has given up everything else: Python's parser can be
made to take all memory, or to crash.

Standard input is JSON: ``parts``, for each task its file and the part of it that is the answer, ``files``, their
bytes as Latin-1, and ``run``, how many pieces make a run. What it writes is a JSON list of numbers, one for each run.

A script of its own, with Python's own modules alone. Argument: how many seconds of processor time there are.
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

MOST_RUNS = 50_000  # an answer has some hundreds
WORD = re.compile(r"[^\s,\[\]{}\"']+")


def runs(asked: dict) -> Iterator[int]:
    for file, part in asked["parts"]:
        found = pieces(file, asked["files"].get(file, "").encode("latin-1"), part)
        for start in range(len(found) - asked["run"] + 1):
            run = "\0".join(found[start : start + asked["run"]]).encode(errors="replace")
            yield int.from_bytes(hashlib.blake2b(run, digest_size=8).digest())


def pieces(file: str, source: bytes, part: str) -> list[str]:
    """What an answer consists of, in order: of a Python function its syntax, of other files their words."""
    if file.endswith(".py"):
        return syntax(source, part)
    lines = source.decode(errors="replace").splitlines()
    return [word for line in lines if not line.lstrip().startswith("#") for word in WORD.findall(line)]


def syntax(source: bytes, part: str) -> list[str]:
    """The kinds of syntax of a function in order, with what is called and the constants, but without variables' names.

    None of a file that is no Python, or has no such function.
    """
    try:
        found = ast.parse(source)
        for name in part.split("."):
            found = [node for node in found.body if getattr(node, "name", None) == name][-1]
        return [_piece(node) for node in ast.walk(found)]
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError, OSError):
        return []  # also of a number too long to be written out, and of an encoding that nobody has


def _piece(node: ast.AST) -> str:
    extra = getattr(node, "attr", None) or (repr(node.value) if isinstance(node, ast.Constant) else "")
    return f"{type(node).__name__} {extra}"


def main() -> None:
    warnings.simplefilter("ignore")  # of a compiler that looks at somebody's program
    asked = json.load(sys.stdin.buffer)
    give_up_everything_else(int(sys.argv[1]))
    found = {run for _, run in zip(range(MOST_RUNS), runs(asked), strict=False)}
    sys.stdout.buffer.write(json.dumps(sorted(found)).encode())


if __name__ == "__main__":
    main()
