"""The environment in which the pipeline's engines run: a small one of their own, over the course's.

Kubeflow Pipelines wants an older protobuf than the course has, so the two cannot share one environment. A second
TensorFlow of two gigabytes is not needed either: Python looks in the engines' packages first, then in the course's. It
is made when it is first needed, in a minute or two, and again when either lock has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from filelock import FileLock
from rich.console import Console
from rich.progress import track

from workbook.errors import UserError
from workbook.paths import WORK
from workbook.setup.doctor import ENGINES_LOCK, LOCK, OFFLINE, Finding, pinned_versions
from workbook.setup.wheelhouse import pip_reason

FOLDER = "engines"
STAMP = "ready.json"
PATH_FILE = "course.pth"
AT_ONCE = 4  # packages per call of pip, so that the bar moves
ADVICE = "with a network, repeat the command; without one: WHEELHOUSE=FOLDER, as in docs/install.md"


def ready_python(course: Path) -> Path | None:
    """The interpreter of the engines' environment; None if it is not made, or made from other locks or another
    Python."""
    folder = course / WORK / FOLDER
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return _python(folder) if stamp == _made_from(course) else None
    except (OSError, ValueError):
        return None


def finding(course: Path) -> Finding:
    """For ``workbook doctor``. Not to have it is no fault: most of the course does without."""
    ready = ready_python(course) is not None
    found = f"ready in {WORK}/{FOLDER}" if ready else "not made, or from other locks: made when first needed"
    return Finding("Pipeline engines", True, found, "" if ready else f"workbook pipeline install {OFFLINE}")


def ensure(course: Path, console: Console) -> Path:
    """Make the engines' environment in ``work/engines/`` if it is not there, and return its interpreter.

    A half-made one is made again from the start; of two processes, the second waits for the first. Raises ``UserError``
    on Windows, which has no Metaflow, and if a package cannot be had.
    """
    if os.name == "nt":
        raise UserError("Kubeflow Pipelines and Metaflow run on Linux and macOS only: use --engine plain")
    folder = course / WORK / FOLDER
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        return ready_python(course) or _make(course, folder, console)


def _make(course: Path, folder: Path, console: Console) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False)
    pins = [f"{name}=={version}" for name, version in pinned_versions(course / ENGINES_LOCK).items()]
    batches = [pins[start : start + AT_ONCE] for start in range(0, len(pins), AT_ONCE)]
    for batch in track(batches, "the engines' packages, once", console=console):
        _install(batch, _python(folder))
    # Only now: before, pip would see the course's packages as this environment's. It runs what it finds in the .pth
    # files there, too, one of which says where the course is.
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    (own / PATH_FILE).write_text(f"import site; site.addsitedir({_site_packages()!r})\n", encoding="utf-8")
    (folder / STAMP).write_text(json.dumps(_made_from(course)), encoding="utf-8")
    return _python(folder)


def _install(batch: list[str], python: Path) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    wheelhouse = os.environ.get("WHEELHOUSE")
    offline = ["--no-index", "--find-links", str(Path(wheelhouse).resolve())] if wheelhouse else []
    done = subprocess.run([*command, *offline, *batch], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"pip: {pip_reason(done.stderr)}; {ADVICE}")


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _site_packages() -> str:
    return sysconfig.get_path("purelib")


def _made_from(course: Path) -> dict[str, str]:
    """Whatever makes another environment necessary, if it is different."""
    locks = [hashlib.sha256((course / name).read_bytes()).hexdigest() for name in (LOCK, ENGINES_LOCK)]
    return {"locks": " ".join(locks), "over": _site_packages(), "python": sys.version}
