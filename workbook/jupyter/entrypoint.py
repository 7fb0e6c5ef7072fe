"""What runs before Jupyter's server in a container, behind a hub and on Binder.

``python -m workbook.jupyter.entrypoint jupyter lab`` brings the course's notebooks up to date, makes the page with the
list, and goes on as the command in its arguments. Any of Jupyter's commands then finds the course's settings.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from pathlib import Path

from workbook.errors import UserError
from workbook.jupyter.application import TABS, settings_of
from workbook.jupyter.update import update_notebooks
from workbook.paths import NOTEBOOKS, WORK, course_folder

# The folder with the notebooks as they came with an image, if students have theirs in a volume.
ORIGINALS = "COURSE_NOTEBOOKS"
TOKEN = "JUPYTER_TOKEN"  # set, even to nothing, if the token is ours to choose


def prepare(course: Path) -> None:
    """Prepare everything for the command. Raises ``UserError`` for a volume that cannot be written to."""
    try:
        if originals := os.environ.get(ORIGINALS):
            for line in update_notebooks(Path(originals), course / NOTEBOOKS):
                print(line, flush=True)
        settings = settings_of(course)
        if TOKEN in os.environ:
            os.environ[TOKEN] = settled_token(course / WORK / TABS / "token", os.environ[TOKEN])
    except OSError as error:
        owner = f"{os.getuid()}:{os.getgid()}"
        raise UserError(
            f"{error.filename}: {error.strerror}. What students make is written there: give the volume space, "
            f"or give it to its user (chown --recursive {owner})"
        ) from error
    folder = Path(tempfile.mkdtemp(prefix="jupyter-config-"))
    (folder / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    os.environ["JUPYTER_CONFIG_PATH"] = str(folder)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"


def settled_token(path: Path, chosen: str) -> str:
    """The ``chosen`` token; or the last one; or, the first time, a random one. The last two are printed.

    It is kept beside the list of open tabs, so that a recreated container has the same.
    """
    kept = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    token = chosen or kept or secrets.token_hex(24)
    path.touch(mode=0o600)
    path.write_text(token, encoding="utf-8")
    if not chosen:
        print(f"JupyterLab's address: http://127.0.0.1:8888/lab?token={token}", flush=True)
    return token


def main() -> None:
    try:
        prepare(course_folder())
    except UserError as error:
        raise SystemExit(f"error: {error}") from error
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
