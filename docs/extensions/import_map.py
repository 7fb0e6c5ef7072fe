"""Which folder of the course imports which, read from the code, for the diagram in the design and for its test."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("notebooks", "labs", "tests", "workbook", "pipeline", "server")


@dataclass
class Arrow:
    """``source`` imports ``target``: which modules of it, in how many files."""

    source: str
    target: str
    modules: set[str] = field(default_factory=set)
    files: int = 0


@dataclass(frozen=True)
class ImportMap:
    """The folders with how many files of code each has, and the arrows between them."""

    files: dict[str, int]
    arrows: list[Arrow]

    @cached_property
    def order(self) -> list[str]:
        """The folders, each above all that it imports. Raises ``graphlib.CycleError`` if two import each other."""
        graph = {folder: {arrow.target for arrow in self.arrows if arrow.source == folder} for folder in self.files}
        return list(TopologicalSorter(dict(reversed(graph.items()))).static_order())[::-1]


def read_imports(root: Path = ROOT) -> ImportMap:
    """Read the imports of all Python files and notebooks in ``FOLDERS``."""
    arrows: dict[tuple[str, str], Arrow] = {}
    files = {folder: list(code_files(root / folder)) for folder in FOLDERS}
    for folder, paths in files.items():
        for path in paths:
            for target, modules in by_folder(imported_by(code_of(path))).items():
                if target != folder:
                    arrow = arrows.setdefault((folder, target), Arrow(folder, target))
                    arrow.files += 1
                    arrow.modules |= modules
    return ImportMap({folder: len(paths) for folder, paths in files.items()}, list(arrows.values()))


def code_files(folder: Path) -> list[Path]:
    """The Python files and notebooks of a folder, without the copies that JupyterLab keeps in hidden folders."""
    found = [*folder.rglob("*.py"), *folder.rglob("*.ipynb")]
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def code_of(path: Path) -> str:
    """The Python code of a file. For a notebook, its code cells, without the lines for IPython or a shell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = [line for cell in cells if not cell.startswith("%%") for line in cell.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))


def imported_by(source: str) -> set[str]:
    """The modules that Python code imports: ``import a.b`` and ``from a.b import c`` give ``a.b``."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return plain | parts


def by_folder(modules: set[str]) -> dict[str, set[str]]:
    """The modules that are the course's own, by folder."""
    found = {folder: {module for module in modules if module.partition(".")[0] == folder} for folder in FOLDERS}
    return {folder: there for folder, there in found.items() if there}
