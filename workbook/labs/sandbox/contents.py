"""The folder in which a student's code runs: the course's packages, with the student's files instead of the
reference's.

So the code finds everything that it may import, but not the reference that it is compared with.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from workbook.labs.authoring.manifest import Lab

LAB_FOLDER, RUNNER_FOLDER, ROOT_FOLDER = "lab", "runner", "root"
INSIDE = Path(__file__).parent / "inside"
RUNNER = ("runner.py", "wire.py", "config_files.py", "seccomp.py", "supervisor.py")
DRIVERS = "*driver.py"


def read_files(lab: Lab, folder: Path) -> dict[str, bytes]:
    """The files of the student's answer that are in ``folder``."""
    return {name: (folder / name).read_bytes() for name in lab.student_files() if (folder / name).is_file()}


def fill(folder: Path, lab: Lab, files: Mapping[str, bytes]) -> None:
    """Make ``folder/lab``, the current folder of the student's process, ``folder/runner``, its program, and
    ``folder/root``, where ``enclose`` puts the file system that the process will see.

    ``files`` are the student's, by name; a missing file is missing there, too.
    """
    inside = folder / LAB_FOLDER
    inside.mkdir()
    for package in lab.packages:
        shutil.copytree(lab.course / package, inside / package, ignore=shutil.ignore_patterns("__pycache__"))
    for reference in lab.references:
        (inside / reference).parent.mkdir(parents=True, exist_ok=True)
        (inside / reference).unlink(missing_ok=True)
        if (name := Path(reference).name) in files:
            (inside / reference).write_bytes(files[name])
    for name in lab.files:
        if name in files:
            (inside / name).write_bytes(files[name])
    for driver in lab.folder.glob(DRIVERS):
        shutil.copy(driver, inside)
    (folder / ROOT_FOLDER).mkdir()
    (folder / RUNNER_FOLDER).mkdir()
    for name in RUNNER:
        shutil.copy(INSIDE / name, folder / RUNNER_FOLDER)


def runner_command(folder: Path, lab: Lab, processes: int) -> list[str]:
    """The command for Python in a sandbox at ``folder``; ``processes`` is their limit, 0 for none."""
    script = folder / RUNNER_FOLDER / RUNNER[0]
    numbers = lab.limits.address_megabytes, int(lab.limits.total_seconds), processes
    return [script.as_posix(), *map(str, numbers), *lab.preload]
