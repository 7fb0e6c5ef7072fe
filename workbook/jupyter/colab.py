"""Makes the course run in Google Colab, where the first cell clones it, goes there, and runs this file with ``%run``.

The script uses only the standard library, because nothing of the course's is installed yet. Colab's own packages stay
as they are if they are good enough, because its page works only with its own Jupyter; the lock is not meant for Colab.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
# Colab's page replaces these, and talks to its own versions of what they need.
COLABS_OWN = {"jupyterlab", "ipykernel", "papermill", "nbval", "nbconvert", "nbformat"}


def needed(pyproject: str) -> list[str]:
    """The course's declared packages, without the notebooks' own tools."""
    declared = tomllib.loads(pyproject)["project"]["dependencies"]
    return [line for line in declared if re.match(r"[\w-]+", line).group() not in COLABS_OWN]


def pip(*arguments: str) -> None:
    """Raises ``SystemExit``, with what pip printed, if it fails."""
    command = [sys.executable, "-m", "pip", "--quiet", *arguments]
    result = subprocess.run(command, cwd=COURSE, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"pip could not install the course's packages:\n{result.stdout}{result.stderr}")


def versions() -> dict[str, str]:
    """Each installed package, with its version."""
    return {package.name: package.version for package in metadata.distributions()}


def outdated_in_memory(before: dict[str, str]) -> list[str]:
    """The modules that this session has imported from packages that have another version since ``before``."""
    after = versions()
    changed = {name for name, version in before.items() if after.get(name) != version}
    providers = metadata.packages_distributions()
    return sorted(module for module in providers if module in sys.modules and changed & set(providers[module]))


def main() -> None:
    """Install what is missing, and fetch the data. Colab's sessions begin with NumPy and others imported."""
    print("Installing what Colab lacks: a few minutes, once per session", flush=True)
    before = versions()
    pip("install", *needed((COURSE / "pyproject.toml").read_text(encoding="utf-8")))
    pip("install", "--no-deps", "--editable", ".")
    subprocess.run([sys.executable, "-m", "workbook", "data"], cwd=COURSE, check=True)
    if outdated := outdated_in_memory(before):
        print(f"Renewed while in use: {', '.join(outdated)}. Choose Runtime, Restart session, and run this cell again.")
    else:
        print("Ready")


if __name__ == "__main__":
    main()
