"""What a course machine needs, checked one by one."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table

from pipeline import dataset
from workbook.paths import course_folder

LOCK = "requirements.lock"
FREE_GIGABYTES = 2
OFFLINE = "(without a network: see docs/install.md)"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether all is well, what was found and, if not well, what to do."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything that the notebooks need. Raises ``NoCourse`` outside the course."""
    folder = course_folder()
    return [_python(), _packages(folder / LOCK), _data(), _space(folder), _cores()]


def show(findings: list[Finding], console: Console) -> None:
    table = Table("", "Looked at", "Found", "What to do")
    for finding in findings:
        table.add_row("well" if finding.well else "NOT", finding.name, finding.found, finding.remedy)
    console.print(table)


def _python() -> Finding:
    version = sys.version_info[:2]
    well = (3, 11) <= version <= (3, 13)
    return Finding("Python", well, ".".join(map(str, version)), "" if well else "install Python 3.11, 3.12 or 3.13")


def _packages(lock: Path) -> Finding:
    pinned = pinned_versions(lock)
    installed = {name: _installed(name) for name in pinned}
    off = [name for name, version in pinned.items() if installed[name] != version]
    found = f"{len(pinned) - len(off)} of {len(pinned)} as in {lock.name}"
    if off:
        found += f"; not {', '.join(off[:3])}{' and others' if len(off) > 3 else ''}"
    return Finding("Packages", not off, found, f"pip install --no-deps -r {lock.name} {OFFLINE}" if off else "")


def pinned_versions(lock: Path, markers: dict[str, str] | None = None) -> dict[str, str]:
    """Package to version, as the lock has it for this Python and system, or for one with other ``markers``."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.lstrip().startswith("#")]
    return {
        requirement.name: next(iter(requirement.specifier)).version
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate(markers)
    }


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _data() -> Finding:
    missing = dataset.missing(dataset.cache_folder())
    found = f"{len(dataset.FILES) - len(missing)} of {len(dataset.FILES)} files verified"
    return Finding("Fashion-MNIST", not missing, found, f"workbook data {OFFLINE}" if missing else "")


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free / 1e9
    well = free > FREE_GIGABYTES and os.access(folder, os.W_OK)
    remedy = "" if well else f"make {folder} writable, with {FREE_GIGABYTES} GB free"
    return Finding("Space", well, f"{free:.0f} GB free in {folder}", remedy)


def _cores() -> Finding:
    return Finding("Cores", True, f"{os.cpu_count()}: training takes about 90 s on 2")
