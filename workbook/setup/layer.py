"""Environments for tools that few need or that the course cannot live with: small ones, each over the course's.

Kubeflow Pipelines wants an older protobuf than the course has, so the two cannot share one environment. kubectl and the
schemas of Kubernetes are 170 MB that most students never use, and Ray is 240 MB. A second TensorFlow of two gigabytes
is not needed for any of them: Python looks in the layer's packages first, then in the course's. A layer is made when it
is first needed, in a minute or two, and again when its lock or the course's has changed.
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
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from rich.console import Console
from rich.progress import track

from workbook.errors import UserError
from workbook.paths import WORK
from workbook.setup.doctor import ENGINES_LOCK, KUBERNETES_LOCK, LOCK, OFFLINE, RAY_LOCK, Finding, pinned_versions
from workbook.setup.wheelhouse import pip_reason

STAMP = "ready.json"
PATH_FILE = "course.pth"
AT_ONCE = 4  # packages per call of pip, so that the bar moves
ADVICE = "with a network, repeat the command; without one: WHEELHOUSE=FOLDER, as in docs/install.md"


@dataclass(frozen=True)
class Layer:
    """An environment in ``work/<folder>/`` with the packages of ``lock``, made ahead of time by ``command``.

    ``windows`` says what to do on Windows if the packages do not run there.
    """

    title: str
    folder: str
    lock: str
    command: str
    windows: str = ""


ENGINES = Layer(
    "Pipeline engines",
    "engines",
    ENGINES_LOCK,
    "workbook pipeline install",
    "Kubeflow Pipelines and Metaflow run on Linux and macOS only: use --engine plain",
)
KUBERNETES = Layer("Kubernetes tools", "kubernetes", KUBERNETES_LOCK, "workbook manifest")
RAY = Layer("Ray", "ray", RAY_LOCK, "python -m workbook.scale_out serve")
LAYERS = (ENGINES, KUBERNETES, RAY)


def ready_python(course: Path, layer: Layer = ENGINES) -> Path | None:
    """The interpreter of a layer; None if it is not made, or made from other locks or another Python."""
    folder = course / WORK / layer.folder
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return _python(folder) if stamp == _made_from(course, layer) else None
    except (OSError, ValueError):
        return None


def finding(course: Path, layer: Layer = ENGINES) -> Finding:
    """For ``workbook doctor``. Not to have it is no fault: most of the course does without."""
    ready = ready_python(course, layer) is not None
    found = f"ready in {WORK}/{layer.folder}" if ready else "not made, or from other locks: made when first needed"
    return Finding(layer.title, True, found, "" if ready else f"{layer.command} {OFFLINE}")


def ensure(course: Path, console: Console, layer: Layer = ENGINES) -> Path:
    """Make a layer in ``work/`` if it is not there, and return its interpreter.

    A half-made one is made again from the start; of two processes, the second waits for the first. Raises ``UserError``
    on Windows, for one that does not run there, and if a package cannot be had.
    """
    if os.name == "nt" and layer.windows:
        raise UserError(layer.windows)
    folder = course / WORK / layer.folder
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        return ready_python(course, layer) or _make(course, folder, console, layer)


def _make(course: Path, folder: Path, console: Console, layer: Layer) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False)
    pins = [f"{name}=={version}" for name, version in pinned_versions(course / layer.lock).items()]
    batches = [pins[start : start + AT_ONCE] for start in range(0, len(pins), AT_ONCE)]
    for batch in track(batches, f"{layer.title}: packages, once", console=console):
        _install(batch, _python(folder))
    # Only now: before, pip would see the course's packages as this environment's. It runs what it finds in the .pth
    # files there, too, one of which says where the course is.
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    (own / PATH_FILE).write_text(f"import site; site.addsitedir({_site_packages()!r})\n", encoding="utf-8")
    (folder / STAMP).write_text(json.dumps(_made_from(course, layer)), encoding="utf-8")
    return _python(folder)


def _install(batch: list[str], python: Path) -> None:
    # Compiled when it is first imported: most of it never is, and to compile it all takes longer than the rest.
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-compile"]
    wheelhouse = os.environ.get("WHEELHOUSE")
    offline = ["--no-index", "--find-links", str(Path(wheelhouse).resolve())] if wheelhouse else []
    done = subprocess.run([*command, *offline, *batch], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"pip: {pip_reason(done.stderr)}; {ADVICE}")


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _site_packages() -> str:
    return sysconfig.get_path("purelib")


def _made_from(course: Path, layer: Layer) -> dict[str, str]:
    """Whatever makes another environment necessary, if it is different."""
    locks = [hashlib.sha256((course / name).read_bytes()).hexdigest() for name in (LOCK, layer.lock)]
    return {"locks": " ".join(locks), "over": _site_packages(), "python": sys.version}
