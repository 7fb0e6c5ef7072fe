"""Everything that a machine without a network needs besides Python and the course's folder: wheels and the data set.

It is made on a machine with a network, for one system and one Python; then carried over, and named as ``WHEELHOUSE``.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import parse_wheel_filename
from rich.console import Console
from rich.progress import track

from pipeline import dataset
from workbook.errors import UserError
from workbook.paths import course_folder
from workbook.setup.doctor import ENGINES_LOCK, KUBERNETES_LOCK, LOCK, RAY_LOCK, pinned_versions

DATA_FOLDER = "fashion-mnist"
ADVICE = "README.txt"
SOURCE_ONLY = "kfp-server-api"  # of the engines: pure Python, of which its publisher makes no wheel
PARTIAL = ".partial-"
PYTHONS = ("3.11", "3.12", "3.13")
AT_ONCE = 10  # packages that one call of pip fetches: few calls, and little lost when it is stopped
LAST_GLIBC = 28  # wheels for glibc 2.28 run on every Linux since 2019; TensorFlow's ask for 2.27
LAST_MACOS = 14

Pins = set[tuple[str, str]]  # name and version


@dataclass(frozen=True)
class System:
    """pip's names for the system, oldest tag last, and the values of the lock's markers for it."""

    tags: tuple[str, ...]
    markers: dict[str, str]


def _linux(machine: str) -> System:
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(LAST_GLIBC, 4, -1)]
    old = [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}", f"linux_{machine}"]
    return System((*tags, *old), _markers("linux", "posix", "Linux", machine))


def _markers(sys_platform: str, os_name: str, system: str, machine: str) -> dict[str, str]:
    return {
        "sys_platform": sys_platform,
        "os_name": os_name,
        "platform_system": system,
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


SYSTEMS = {
    "linux-x86_64": _linux("x86_64"),
    "linux-arm64": _linux("aarch64"),
    "macos-arm64": System((f"macosx_{LAST_MACOS}_0_arm64",), _markers("darwin", "posix", "Darwin", "arm64")),
    "windows": System(("win_amd64",), _markers("win32", "nt", "Windows", "AMD64")),
}


def this_system() -> str | None:
    """The name in ``SYSTEMS`` of this machine, or None if the lock has no wheels for it."""
    here = (platform.system(), platform.machine())
    names = {
        (system.markers["platform_system"], system.markers["platform_machine"]): name
        for name, system in SYSTEMS.items()
    }
    return names.get(here)


def make_wheelhouse(folder: Path, system: str | None, python: str | None, console: Console) -> None:
    """Put the locks' wheels for ``system`` and ``python`` into ``folder``, with Fashion-MNIST and what to do with them.

    The defaults are this machine's. What is already there is not downloaded again. Raises ``UserError`` if a system or
    Python is not one of the course's, if the folder was made for another one, or if a wheel is not available;
    ``NoData``.
    """
    system = _choose("--platform", system or this_system(), SYSTEMS)
    python = _choose("--python", python or ".".join(map(str, sys.version_info[:2])), PYTHONS)
    folder = folder.resolve()
    _claim(folder, f"{system}, Python {python}")
    # One after the other, because pip takes no package in two versions at once.
    batches = [batch for lock in _locks(system) for batch in _batches(lock, SYSTEMS[system], python, present(folder))]
    for full, batch in track(batches, "wheels", console=console):
        _download(batch, folder, _options(SYSTEMS[system], full))
    _copy_data(folder / DATA_FOLDER, console)


def _locks(system: str) -> list[Path]:
    """The course's and its layers', without the pipeline's engines on Windows, where they do not run."""
    names = [LOCK, KUBERNETES_LOCK, RAY_LOCK]
    names += [] if system == "windows" else [ENGINES_LOCK]
    return [course_folder() / name for name in names]


def _choose(option: str, value: str | None, known: object) -> str:
    if value not in known:
        raise UserError(f"{option} {value or '(this machine)'}: there are wheels for {', '.join(known)}")
    return value


def _claim(folder: Path, target: str) -> None:
    """Write the README first: it also says what a folder is for, so that two targets never get mixed."""
    advice = _advice(folder.name, target)
    path = folder / ADVICE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_text(encoding="utf-8") != advice:
            raise UserError(f"{folder} was made for another system or Python: choose another folder")
        path.write_text(advice, encoding="utf-8")
        for left_over in folder.glob(f"{PARTIAL}*"):  # by a download that could not even clean up
            shutil.rmtree(left_over)
    except OSError as error:
        raise UserError(f"{folder} cannot be written to: {error.strerror}") from error


def _options(system: System, python: str) -> list[str]:
    tags = [option for tag in system.tags for option in ("--platform", tag)]
    wheels = ["--only-binary", ":all:", "--no-binary", SOURCE_ONLY]
    return [*tags, "--python-version", python, "--implementation", "cp", *wheels, "--no-deps"]


def present(folder: Path) -> Pins:
    """Name and version of each wheel in ``folder``."""
    parsed = [parse_wheel_filename(path.name) for path in folder.glob("*.whl")]
    return {(str(name), str(version)) for name, version, *_ in parsed}


def _batches(lock: Path, system: System, python: str, there: Pins) -> list[tuple[str, list[str]]]:
    """What is still to be downloaded: the full version of Python that it is for, and a few packages each.

    A lock may differ between the first and last patch release of one Python, and nobody knows which one is over there.
    """
    batches = []
    for full in (f"{python}.99", f"{python}.0"):
        markers = {**system.markers, "python_version": python, "python_full_version": full}
        pins = set(pinned_versions(lock, markers).items()) - there
        wanted = [f"{name}=={version}" for name, version in sorted(pins)]
        batches += [(full, wanted[start : start + AT_ONCE]) for start in range(0, len(wanted), AT_ONCE)]
        there = there | pins
    return batches


def _download(batch: list[str], folder: Path, options: list[str]) -> None:
    """Download into a folder beside it, then rename, so that half a wheel never has a whole one's name."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=PARTIAL) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", *options, "--dest", scratch, *batch]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        for wheel in Path(scratch).glob("*.whl"):
            os.replace(wheel, folder / wheel.name)
    if result.returncode:
        raise UserError(f"pip: {pip_reason(result.stderr)}; repeat the command to go on from there")


def pip_reason(printed: str) -> str:
    """The last line in which pip says what went wrong."""
    lines = [line.removeprefix("ERROR: ") for line in printed.splitlines() if line.startswith("ERROR: ")]
    return lines[-1] if lines else f"it could not download a wheel, and said {printed.strip()[-200:]!r}"


def _copy_data(folder: Path, console: Console) -> None:
    source = dataset.ensure(console.print)
    folder.mkdir(exist_ok=True)
    for name in dataset.missing(folder):
        shutil.copy(source / name, folder / name)


def _advice(name: str, target: str) -> str:
    return f"""The MLOps workbook without a network, for {target}.

Carry this folder and the course's own (as git clone makes it, without its .venv) to the other machine, which needs
Python and nothing else. Put both where no folder's name has a space in it, and open a terminal in the course's folder.

Linux and macOS, with make:

    make lab WHEELHOUSE=/where/it/is/{name}

Windows, in PowerShell:

    $env:PIP_NO_INDEX = "1"; $env:PIP_FIND_LINKS = "D:\\{name}"; $env:FASHION_MNIST_DIR = "D:\\{name}\\{DATA_FOLDER}"
    py -m venv .venv; .venv\\Scripts\\Activate.ps1
    python -m pip install --no-deps -r requirements.lock
    python -m pip install --no-deps --editable .
    python -m workbook data
    python -m workbook lab

See docs/install.md for all ways in.
"""
