"""The environment of a process that the grader starts: its own, in which neither a submission nor the caller's settings
can name a module, a plugin or a program.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from workbook import search_paths

# One thread for each numeric library, and TensorFlow quiet, on the processor.
NUMERIC = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}
# What Python itself needs from the caller's environment.
KEPT = ("LANG", "SYSTEMROOT", "TMPDIR", "TEMP")
# What else the checker needs: to find an engine, and the process with a lab's libraries. None of these names code.
CHECKERS = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "XDG_RUNTIME_DIR", "LC_ALL", "LC_CTYPE"),
    *("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION"),
)


def environment(home: str) -> dict[str, str]:
    """For a process on this machine: only what Python needs to run from the caller's environment."""
    return {**_kept(KEPT), "PATH": search_paths.programs(), **own_environment(home), "USERPROFILE": home}


def own_environment(home: str) -> dict[str, str]:
    """The part that is the same on every machine."""
    return {**NUMERIC, "HOME": home, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def checkers_environment(scratch: Path) -> dict[str, str]:
    """For the process that runs the checks: modules as this process finds them, and no pytest plugins."""
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(search_paths.modules())}
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    return {**_kept((*KEPT, *CHECKERS)), "PATH": search_paths.programs(), **own, **places}


@functools.cache
def program(name: str) -> str | None:
    """Where a program is; None if it is not there."""
    return shutil.which(name, path=search_paths.programs())


def _kept(names: Iterable[str]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}
