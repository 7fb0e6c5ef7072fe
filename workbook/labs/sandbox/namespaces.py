"""The command that runs a sandbox in Linux namespaces: with its own file system, which has only Python and the sandbox,
no network, no view of other processes and, if root grades, its own user number.

Root needs no user namespace; anybody else gets one, in which the student's code is user 0 without any privilege.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from workbook.labs.authoring.manifest import Lab
from workbook.labs.sandbox.contents import LAB_FOLDER, ROOT_FOLDER, RUNNER_FOLDER, runner_command
from workbook.labs.sandbox.surroundings import environment, program

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache")
PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")  # of an installed Python or environment, which may lie beside anything
COURSE = ("server", "pipeline", "workbook")  # its packages, where they are installed and not only linked
ENCLOSE = Path(__file__).parent / "inside" / "enclose.py"
PROGRAMS = ("unshare", "mount", "setpriv")
USERS_FROM = 2_000_000  # user numbers that no account has
PROBE_SECONDS = 120
DISK_MEGABYTES = 96  # all that the student's code can fill
SUPERVISOR = 1  # process, which the system counts with the student's unless these have a user number of their own
# An old kernel counts all processes of the user against the limit, not only those in the namespace: then no thread can
# be started, and honest answers would fail.
PROBE = """
import resource, threading
resource.setrlimit(resource.RLIMIT_NPROC, (5, 5))
thread = threading.Thread(target=print, args=("enclosed",))
thread.start()
thread.join()
"""


def command(lab: Lab, folder: Path, lifeline: int) -> list[str]:
    """Runs the sandbox ``folder``, and ends with all that it started, or when the pipe ``lifeline`` closes."""
    processes = lab.limits.processes + (0 if os.geteuid() == 0 else SUPERVISOR)
    runner = [sys.executable, *runner_command(Path("/"), lab, processes)]
    return _enclosed(folder, runner, lab.course, lifeline)


@functools.cache
def available() -> bool:
    """Whether this machine allows it: tried, not guessed."""
    if not sys.platform.startswith("linux") or not all(map(program, PROGRAMS)):
        return False
    ours, theirs = os.pipe()
    with tempfile.TemporaryDirectory(prefix="workbook-probe-") as place, os.fdopen(ours), os.fdopen(theirs, "w"):
        folder = Path(place)
        for name in (LAB_FOLDER, RUNNER_FOLDER, ROOT_FOLDER):
            (folder / name).mkdir()
        result = subprocess.run(
            _enclosed(folder, [sys.executable, "-c", PROBE], folder, ours),
            cwd=place,
            env=environment("/"),
            pass_fds=[ours],
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    return result.stdout == "enclosed\n"


def _enclosed(folder: Path, command: list[str], course: Path, lifeline: int) -> list[str]:
    root = os.geteuid() == 0
    prefixes = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1])}
    packages = [Path(sysconfig.get_path(kind), name) for kind in ("purelib", "platlib") for name in COURSE]
    specification = {
        "folder": str(folder),
        "root": str(folder / ROOT_FOLDER),
        "visible": [*SYSTEM, *(f"{prefix}/{part}" for prefix in prefixes for part in PYTHON)],
        "hidden": [str(path) for path in (course, *packages)],
        # A different number for each: the system counts their processes by it, and sets no limit for root.
        "user": USERS_FROM + os.getpid() if root else None,
        "disk": DISK_MEGABYTES,
        "lifeline": lifeline,
        "command": command,
    }
    return [
        *(str(program("setpriv")), "--pdeathsig", "KILL", "--"),  # it must not outlive the checks
        *(str(program("unshare")), "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"),
        *([] if root else ["--user", "--map-root-user"]),
        *("--", sys.executable, "-E", "-s", "-S", str(ENCLOSE), json.dumps(specification)),
    ]
