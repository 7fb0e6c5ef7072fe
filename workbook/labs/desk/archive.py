"""What a student hands in: one archive with the answer's files and a page that says whose they are."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

from workbook.errors import UserError
from workbook.labs.authoring.manifest import LABS, Lab
from workbook.labs.checks.results import Report
from workbook.paths import WORK

FOLDER = "submissions"
ABOUT = "submission.json"


def pack(lab: Lab, files: dict[str, bytes], name: str, report: Report) -> Path:
    """Write ``work/labs/submissions/NN-<name>-<time>.zip`` and return its path. Raises ``UserError``.

    ``report`` is the student's own check, for their record and yours; grading runs the checks again.
    """
    if not all(letter.isprintable() for letter in name) or set(name) & set("/\\<>"):
        raise UserError("--name has characters that no name has: write yours as your instructor knows it")
    short = re.sub(r"\W+", "-", name.strip()).strip("-").lower()
    if not short:
        raise UserError("whose is it? Say it with --name")
    now = datetime.now()
    about = {
        "lab": lab.name,
        "name": name.strip(),
        "time": f"{now:%Y-%m-%d %H:%M:%S}",
        "own_check": {"earned": report.earned, "points": report.points},
        "sha256": {file: hashlib.sha256(content).hexdigest() for file, content in files.items()},
    }
    folder = lab.course / WORK / LABS / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lab.number}-{short}-{now:%Y-%m-%d-%H%M%S}.zip"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(ABOUT, json.dumps(about, indent=2) + "\n")
        for file, content in files.items():
            package.writestr(file, content)
    with path.open("xb") as file:  # it never replaces another one
        file.write(archive.getvalue())
    return path
