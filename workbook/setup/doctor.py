"""What a course machine needs, checked one by one."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rich.console import Console
from rich.table import Table

from pipeline import dataset
from server.proxies import THIS_MACHINE, asked_for_this_machine
from workbook.paths import NOTEBOOKS, WORK, course_folder

COURSE = "mlops-workbook"
LOCK = "requirements.lock"
ENGINES_LOCK = "pipeline/engines/requirements.lock"  # what the pipeline's engines need besides, or in another version
KUBERNETES_LOCK = "docker/kubernetes/requirements.lock"  # kubectl, and the schemas of Kubernetes
RAY_LOCK = "workbook/scale_out/requirements.lock"  # Ray, to serve and to score on several nodes
FREE_GIGABYTES = 2
OFFLINE = "(without a network: see docs/install.md)"
# Where Linux says how much of the processors a container may use: so many microseconds per period, in one or two files.
CGROUP_2 = Path("/sys/fs/cgroup/cpu.max")
CGROUP_1 = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it is fine, what was found and, if it is not fine or not for all, what to
    do."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Check everything that notebooks and labs need. Raises ``NoCourse`` outside the course."""
    folder = course_folder()
    return [_python(), _packages(folder / LOCK), _data(), _space(folder), _cores(), *_proxies()]


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
    """The packages that the course needs or that are there, without the developers' tools if these are missing."""
    needed, locked = _needed(COURSE), pinned_versions(lock)
    installed = {name: _installed(name) for name in locked}
    there = {name for name in locked if installed[name] or not needed or canonicalize_name(name) in needed}
    pinned = {name: locked[name] for name in locked if name in there}
    off = [name for name, version in pinned.items() if installed[name] != version]
    found = f"{len(pinned) - len(off)} of {len(pinned)} as in {lock.name}"
    if off:
        found += f"; not {', '.join(off[:3])}{' and others' if len(off) > 3 else ''}"
    return Finding("Packages", not off, found, f"pip install --no-deps -r {lock.name} {OFFLINE}" if off else "")


def _needed(package: str) -> set[str]:
    """The names of all packages that an installed one needs, including its own; none if it is not installed."""
    found: set[str] = set()
    waiting = [package] if _installed(package) else []
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            asked = map(Requirement, (_installed(name) and importlib.metadata.requires(name)) or ())
            waiting += [one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def pinned_versions(lock: Path, markers: dict[str, str] | None = None) -> dict[str, str]:
    """Package to version, as in the lock for this Python and system, or for one with other ``markers``."""
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


def _space(course: Path) -> Finding:
    """Where students write; in a container those may be other disks than the course's own."""
    places = [folder if folder.exists() else course for folder in (course / WORK, course / NOTEBOOKS)]
    scarce = min(places, key=_free_gigabytes)
    wrong = [place for place in places if _free_gigabytes(place) < FREE_GIGABYTES or not os.access(place, os.W_OK)]
    remedy = f"make {wrong[0]} writable, with {FREE_GIGABYTES} GB free" if wrong else ""
    return Finding("Space", not wrong, f"{_free_gigabytes(scarce)} GB free in {scarce}", remedy)


def _free_gigabytes(folder: Path) -> int:
    """Whole ones: of two folders on one disk, neither is to look scarcer because somebody writes meanwhile."""
    return shutil.disk_usage(folder).free // 10**9


def _cores() -> Finding:
    return Finding("Cores", True, f"{_usable_cores():g}: training takes about 90 s on 2")


def _proxies() -> list[Finding]:
    """A proxy that the course bypasses but other programs may not; nothing if they leave this machine alone."""
    names = [f"{kind}_proxy" for kind in asked_for_this_machine()]
    if not names:
        return []
    here = ",".join(THIS_MACHINE)
    found = f"{', '.join(names)} without {here} in no_proxy: the course bypasses it, other programs may not"
    return [Finding("Proxy", True, found, f"export no_proxy={here} (with what it has already)")]


def _usable_cores() -> float:
    """How many this process may use: a container often gets fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if CGROUP_2.exists():
        quota, period = CGROUP_2.read_text(encoding="ascii").split()
    elif CGROUP_1.exists():
        quota, period = (CGROUP_1.with_name(f"cpu.cfs_{name}_us").read_text("ascii") for name in ("quota", "period"))
    else:
        return cores
    return min(cores, int(quota) / int(period)) if quota.strip().isdecimal() else cores
