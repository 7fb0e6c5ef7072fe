"""Starts JupyterLab on the course."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from workbook.jupyter.course import write_course
from workbook.paths import WORK, course_folder

# Over JupyterLab's own defaults, below what a student has chosen: no question about news, a kernel ends with its tab,
# and no buttons for those who change the course. The list of open tabs is kept with the course, not in the student's
# home.
SETTINGS = Path(__file__).parent / "settings"
TABS = "jupyterlab"
CONTENTS_ON_THE_LEFT = {
    "data": {
        "layout-restorer:data": {
            "left": {"collapsed": False, "current": "@jupyterlab/toc:plugin", "widgets": ["@jupyterlab/toc:plugin"]},
            "right": {"collapsed": True},
            "relativeSizes": [0.2, 0.8, 0],
        }
    },
    "metadata": {"id": "default"},
}


def open_jupyterlab(browser: bool, port: int | None) -> None:
    """Run JupyterLab until it is stopped, and with it all kernels. It listens on loopback and asks for its token.

    It runs in this process, so that it gets each signal itself and can end its kernels and terminals.
    """
    from jupyterlab.labapp import LabApp

    # A kernel of the same name in the user's home must not replace this environment's.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    settings = settings_of(course_folder())
    arguments = [
        *(f"--{app}.{name}={value}" for app in settings for name, value in settings[app].items()),
        "--ServerApp.ip=127.0.0.1",
        *([] if browser else ["--no-browser"]),
        *([f"--ServerApp.port={port}", "--ServerApp.port_retries=0"] if port else []),
        *(["--allow-root"] if _is_root() else []),
    ]
    # At a terminal, Jupyter asks whether it should end. Elsewhere, and on Windows, it would leave its kernels running;
    # at this signal it ends them first.
    signal.signal(signal.SIGINT, lambda *_: signal.raise_signal(signal.SIGTERM))
    LabApp.launch_instance(arguments)


def settings_of(course: Path) -> dict[str, dict[str, str]]:
    """The settings of Jupyter's applications, by name, with which it opens at the course's list.

    The page with the current list is made for that.
    """
    page = f"/lab/tree/{write_course(course).relative_to(course).as_posix()}"
    return {
        "ServerApp": {"root_dir": str(course), "default_url": page},
        "LabApp": {
            "default_url": page,
            "app_settings_dir": str(SETTINGS),
            "workspaces_dir": str(_workspaces(course)),
        },
    }


def _workspaces(course: Path) -> Path:
    """The folder of the course's own tabs; at first there are none, and the table of contents is open."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    folder = course / WORK / TABS
    if not folder.exists():
        WorkspacesManager(str(folder)).save("default", json.dumps(CONTENTS_ON_THE_LEFT))
    return folder


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
