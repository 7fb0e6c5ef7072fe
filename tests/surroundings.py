"""What the processes that tests start find around them: their environment, their packages, their network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import MutableMapping
from pathlib import Path

import pytest

from tests.conftest import ROOT


def call(folder: Path, environment: MutableMapping[str, str], *command: str) -> str:
    """What a command prints that must go well."""
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


def call_offline(folder: Path, environment: MutableMapping[str, str], *command: str) -> str:
    """``call`` in a network of its own with nothing but loopback; on a system without such, pip has no index."""
    if not shutil.which("unshare"):
        return call(folder, environment, *command)
    enter = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    # As the script that it is: what it imports lies beside it.
    inside = str(ROOT / "workbook" / "labs" / "sandbox" / "inside")
    raise_loopback = f"sys.path.insert(0, {inside!r}); from enclose import raise_loopback; raise_loopback()"
    run = f"import os, sys; {raise_loopback}; os.execvp(sys.argv[1], sys.argv[1:])"
    return call(folder, environment, *enter, sys.executable, "-c", run, *command)


def link_packages(folder: Path) -> Path:
    """A virtual environment in ``folder`` with all that is installed here, except the course; returns its Python.

    Links in place of gigabytes. To pip, they are installed: it looks at their names and versions. pip is a copy, for
    what sets up an environment may write there.
    """
    venv.create(folder)
    (own,) = (folder / "lib").glob("python3*/site-packages")
    for path in Path(pytest.__file__).parents[1].iterdir():
        if re.match(r"pip(-|$)", path.name):
            shutil.copytree(path, own / path.name)
        elif "mlops_workbook" not in path.name:
            (own / path.name).symlink_to(path)
    for name in ("share", "etc"):  # where Jupyter finds kernels, templates and settings
        (folder / name).symlink_to(Path(sys.prefix) / name)
    return folder / "bin" / "python"
