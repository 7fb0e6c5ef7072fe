"""What has been measured in the course, for the page on run times and sizes: nothing in it is typed in."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RUN = ROOT / "docs" / "bench" / "run.json"  # the report.json of a `workbook run`, kept
SERVERS = ROOT / "docs" / "bench" / "results.json"  # of `workbook bench --save`
IMAGES = ROOT / "workbook" / "servers" / "recorded.json"  # of docker/measure.py
MODELS = ROOT / "server" / "models"
RUNTIMES = ROOT / "docs" / "runtimes" / "results.json"  # of docs/runtimes/measure.py
SCALE_OUT = ROOT / "docs" / "scale_out" / "results.json"  # of `python -m workbook.scale_out measure`


def measurements() -> dict:
    """Notebooks, servers, images, runtimes in the browser and scaling out as recorded; the models' sizes in bytes.

    Raises ``ValueError`` if the recorded run is one that failed.
    """
    images = json.loads(IMAGES.read_text(encoding="utf-8"))
    return {
        "notebooks": whole_run(RUN) if RUN.exists() else [],
        "servers": json.loads(SERVERS.read_text(encoding="utf-8")),
        "images": images["figures"],
        "images_recorded": images["recorded"],
        "runtimes": json.loads(RUNTIMES.read_text(encoding="utf-8")) if RUNTIMES.exists() else None,
        "scale_out": json.loads(SCALE_OUT.read_text(encoding="utf-8")),
        "models": {f"{path.parent.name}/{path.name}": size(path) for path in sorted(MODELS.glob("*/[0-9]*"))},
    }


def whole_run(path: Path) -> list[dict]:
    notebooks = json.loads(path.read_text(encoding="utf-8"))
    if failed := [notebook["notebook"] for notebook in notebooks if notebook["error"] or notebook["seconds"] is None]:
        raise ValueError(f"{path}: {', '.join(failed)} did not run to the end; keep the report of a run that did")
    return notebooks


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
