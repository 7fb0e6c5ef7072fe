"""The rooms of the three packages: what each is for, how many modules it has, and which other rooms it imports.

A folder is a room. If it contains other rooms, each of its modules counts by itself, because it is either what the
rooms share or what puts them together; an entry point, ``__main__``, belongs to nobody. ``python -m
docs.extensions.rooms`` prints the map.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from docs.extensions.import_map import ROOT, code_of

PACKAGES = ("server", "pipeline", "workbook")


@dataclass(frozen=True)
class Room:
    """A folder with an ``__init__.py``: its dotted name, what its docstring says first, and its modules in order."""

    name: str
    purpose: str
    modules: tuple[str, ...]
    imports: tuple[str, ...]


def read_rooms(root: Path = ROOT) -> list[Room]:
    """Every room, before those inside it. ``imports`` are the other folders that its modules import."""
    folders = [path.parent for package in PACKAGES for path in sorted((root / package).rglob("__init__.py"))]
    names = {_dotted(root, folder) for folder in folders}
    return [_room(root, folder, names) for folder in folders]


def room_graph(root: Path = ROOT) -> dict[str, set[str]]:
    """Which room imports which, with the modules beside other rooms each by itself."""
    modules = {_dotted(root, path): path for package in PACKAGES for path in (root / package).rglob("*.py")}
    nodes = {name: _dotted(root, _node(path)) for name, path in modules.items()}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        if path.stem not in ("__init__", "__main__"):
            imported = {nodes[other] for other in _known(_imported(code_of(path)), modules)}
            graph.setdefault(nodes[name], set()).update(imported - {nodes[name]})
    return graph


def order(graph: dict[str, set[str]]) -> list[str]:
    """The rooms, each after everything that it imports. Raises ``graphlib.CycleError`` if two need each other."""
    return list(TopologicalSorter(graph).static_order())


def _room(root: Path, folder: Path, names: set[str]) -> Room:
    own = _dotted(root, folder)
    paths = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    wanted = {name for path in paths if path.stem != "__main__" for name in _imported(code_of(path))}
    folders = {max((name for name in names if f"{one}.".startswith(f"{name}.")), key=len, default="") for one in wanted}
    purpose = (ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or "").split("\n")[0]
    return Room(own, purpose, tuple(path.stem for path in paths), tuple(sorted(folders - {own, ""})))


def _imported(source: str) -> set[str]:
    """The modules that code imports; ``from a import b`` gives ``a`` and ``a.b``, which may be a module."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return plain | {node.module for node in parts} | {f"{node.module}.{a.name}" for node in parts for a in node.names}


def _known(names: set[str], modules: dict[str, Path]) -> Iterator[str]:
    """Those that are modules of the course; a package counts only if nothing in it is named more exactly."""
    for name in names & modules.keys():
        if modules[name].stem != "__init__" or not any(one.startswith(f"{name}.") for one in names & modules.keys()):
            yield name


def _node(path: Path) -> Path:
    """A module's folder, or the module itself if the folder contains others."""
    return path if any(path.parent.glob("*/__init__.py")) or path.stem == "__init__" else path.parent


def _dotted(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def main() -> None:
    for room in read_rooms():
        print(f"{room.name:<42} {len(room.modules):>3} modules; imports {', '.join(room.imports) or 'no other'}")


if __name__ == "__main__":
    main()
