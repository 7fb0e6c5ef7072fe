"""How far the student's process is kept from the rest of the machine, and the command that starts it so.

``open_command`` is for a student's own machine: another process, with limits. ``closed_command`` is for grading, on
Linux: Linux namespaces give it a file system of its own, with nothing in it but Python and the sandbox, no network,
no view of other processes and, where root grades, a user number of its own. ``closable`` tells whether this machine
allows that.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from workbook.labs.manifest import Limits
from workbook.labs.sandbox import LAB_FOLDER, ROOT_FOLDER, RUNNER_FOLDER

CLOSED = "namespaces of its own: no network, only a file system and processes of its own, and limits"
OPEN = "a process with limits only: network, files and other processes are within its reach"
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache")
ENCLOSE = Path(__file__).with_name("enclose.py")
PROGRAMS = ("unshare", "mount", "setpriv")
USERS_FROM = 2_000_000  # user numbers that no account has
PROBE_SECONDS = 20


def open_command(folder: Path, limits: Limits) -> list[str]:
    return [sys.executable, *_runner(folder, limits, processes=0)]


def closed_command(folder: Path, limits: Limits) -> list[str]:
    """The command that runs the sandbox ``folder`` in namespaces of its own; it ends with all that it started."""
    return _enclosed(folder, [sys.executable, *_runner(Path("/"), limits, limits.processes)])


@functools.cache
def closable() -> bool:
    """Whether this machine allows it: tried, not guessed."""
    if not sys.platform.startswith("linux") or not all(map(shutil.which, PROGRAMS)):
        return False
    with tempfile.TemporaryDirectory(prefix="workbook-probe-") as folder:
        for name in (LAB_FOLDER, RUNNER_FOLDER, ROOT_FOLDER):
            (Path(folder) / name).mkdir()
        probe = _enclosed(Path(folder), [sys.executable, "-c", "print('enclosed')"])
        result = subprocess.run(probe, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    return result.stdout == "enclosed\n"


def environment(home: str) -> dict[str, str]:
    """Nothing of the caller's environment but what Python needs to run; one thread for each numeric library."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TMPDIR", "TEMP") if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    return {
        **kept,
        **threads,
        **quiet,
        "HOME": home,
        "USERPROFILE": home,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _runner(folder: Path, limits: Limits, processes: int) -> list[str]:
    script = folder / RUNNER_FOLDER / "runner.py"
    return [str(value) for value in (script, limits.address_megabytes, int(limits.total_seconds), processes)]


def _enclosed(folder: Path, command: list[str]) -> list[str]:
    root = os.geteuid() == 0
    specification = {
        "folder": str(folder),
        "root": str(folder / ROOT_FOLDER),
        "visible": sorted({sys.prefix, sys.base_prefix, *SYSTEM}),
        # Root needs no namespace for users, but another number: the system sets root no bound of processes.
        "user": USERS_FROM + os.getpid() if root else None,
        "command": command,
    }
    return [
        *("setpriv", "--pdeathsig", "KILL", "--"),  # it must not outlive the checks
        *("unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"),
        *([] if root else ["--user", "--map-root-user"]),
        *("--", sys.executable, "-I", "-S", str(ENCLOSE), json.dumps(specification)),
    ]
