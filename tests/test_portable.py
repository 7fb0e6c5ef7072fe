"""Windows and macOS, as far as a Linux machine can play them: what they lack is taken away, and the course still works.

On Windows a file is read in the encoding of the machine unless one is named, and the console may lack our characters.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from tests.conftest import ROOT
from tests.workbook.test_cli import COMMANDS

PACKAGES = ("server", "pipeline", "workbook")
POSIX_MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "termios"}
LINUX_SCRIPT = (
    ROOT / "workbook" / "labs" / "sandbox" / "inside" / "enclose.py"
)  # a process of its own, started on Linux alone
NOT_TEXT = (
    "os.open",
    "gzip.open",
    "tarfile.open",
    "archive.open",
    "Image.open",
    "app.test_client().open",
    "opener.open",
    "Chronicle.open",
)
# Put where each Python that the command starts finds it first.
WITHOUT_POSIX = f"""
import builtins, os, types

missing = ("fork", "forkpty", "geteuid", "getuid", "getpgid", "killpg", "mkfifo", "setsid", "sched_getaffinity")
smaller = types.ModuleType("os")
smaller.__dict__.update({{name: value for name, value in vars(os).items() if name not in missing}})
found = builtins.__import__

def on_windows(name, globals=None, *rest, **others):
    if (globals or {{}}).get("__name__", "").partition(".")[0] not in {PACKAGES}:
        return found(name, globals, *rest, **others)
    if name in {POSIX_MODULES}:
        raise ModuleNotFoundError(f"No module named {{name!r}}")
    return smaller if name == "os" else found(name, globals, *rest, **others)

builtins.__import__ = on_windows
"""


@pytest.fixture
def windows(tmp_path) -> dict[str, str]:
    """The environment of a Python that lacks what Windows lacks, with Western Europe's console."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_POSIX, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "COLUMNS": "200"}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, encoding="cp1252", check=False
    )


def test_the_simulation_takes_something_away(windows):
    asked = "import workbook.labs.sandbox.namespaces as one; one._enclosed(one.Path(), [], one.Path(), 0)"
    assert "has no attribute 'geteuid'" in run(windows, "-c", asked).stderr
    assert "No module named 'fcntl'" in run(windows, "-c", "import workbook.labs.sandbox.inside.enclose").stderr


def test_a_lab_is_begun_and_checked_there(windows, course):
    for name in ("labs", "server", "pipeline"):
        shutil.copytree(ROOT / name, course / name)
    shutil.copy(ROOT / "requirements.lock", course)
    started = run(windows, "-m", "workbook", "start", "04")
    assert started.returncode == 0, started.stderr
    checked = run(windows, "-m", "workbook", "check", "04")
    assert checked.returncode == 1, checked.stderr
    assert "Next: task 1" in checked.stdout
    for command in ("status", "doctor"):
        assert "Traceback" not in run(windows, "-m", "workbook", command).stderr


def test_a_console_of_few_characters_shows_every_help_page(windows):
    show = "from workbook.cli import app; import sys; app([sys.argv[1], '--help'], standalone_mode=False)"
    shown = f"import runpy, sys\nfor sys.argv[1:] in {[[name] for name in COMMANDS]}: exec({show!r})"
    result = run(windows, "-c", shown)
    assert result.stdout.count("Example: ") == len(COMMANDS), result.stderr


def sources() -> Iterator[tuple[Path, str]]:
    for folder in (*PACKAGES, "labs"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path, path.read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                yield path, TransformerManager().transform_cell(cell.source)


def test_no_module_needs_for_its_import_what_only_posix_has():
    found = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path, source in sources()
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom) and path != LINUX_SCRIPT
        if {getattr(node, "module", None), *(alias.name for alias in node.names)} & POSIX_MODULES
    ]
    assert found == []


def opens_as_text_without_an_encoding(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in ("read_text", "write_text"):
        positional = 1 if name == "write_text" else 0
        return len(call.args) <= positional and not any(word.arg == "encoding" for word in call.keywords)
    if name != "open" or ast.unparse(function) in NOT_TEXT:
        return False
    modes = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return not any("b" in mode and len(mode) <= 3 for mode in modes) and "encoding" not in ast.unparse(call)


def test_every_file_that_is_read_as_text_has_its_encoding_named():
    found = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path, source in sources()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and opens_as_text_without_an_encoding(node)
    ]
    assert found == []
