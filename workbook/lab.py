"""Starts JupyterLab on the course."""

from __future__ import annotations

import os
import subprocess
import sys

from workbook.notebooks import select
from workbook.paths import NOTEBOOKS, course_folder


def open_lab(browser: bool, port: int | None) -> int:
    """Run JupyterLab until it is stopped; returns its exit status. It listens on loopback and asks for its token."""
    first = select([])[0].name
    command = [
        *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={course_folder()}"),
        *("--ServerApp.ip=127.0.0.1", f"--LabApp.default_url=/lab/tree/{NOTEBOOKS}/{first}"),
        *([] if browser else ["--no-browser"]),
        *([f"--ServerApp.port={port}", "--ServerApp.port_retries=0"] if port else []),
        *(["--allow-root"] if _is_root() else []),
    ]
    # A kernel of the same name in the user's home must not take the place of this environment's.
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
