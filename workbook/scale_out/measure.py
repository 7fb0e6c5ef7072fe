"""Measure it all, and keep the figures: ``python -m workbook.scale_out measure``, for docs/scale_out.md.

Each part replaces its own figures and leaves the others, because each takes minutes.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.table import Table

from workbook.scale_out.batch import score
from workbook.scale_out.chart import draw, draw_autoscale
from workbook.scale_out.job import Job

RESULTS = Path("docs") / "scale_out" / "results.json"  # in the course's folder
# Of the parts that have one: what draws its rows, and the file beside the results.
PICTURES = {"batch": (draw, "picture.svg"), "autoscale": (draw_autoscale, "autoscale.svg")}
WAYS = ("one", "pool", "tasks", "data")
KILLED_IMAGES = 400_000
PATIENCE = 300  # seconds, for processes that should end
POLL_SECONDS = 0.02


def batch() -> list[dict]:
    """A million images by each way, one after the other."""
    rows = []
    for how in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            job = Job(Path(folder) / "shards")
            outcome = score(job, how)
            load = os.getloadavg()[0]
            rows.append({"how": how, **asdict(outcome), "sha256": job.digest(), "load": load})
    return rows


def killed() -> list[dict]:
    """A run that is killed by ``kill -9`` when half is done, and one that goes on."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Job(Path(folder) / "whole", KILLED_IMAGES)
        score(whole)
        return [_killed(how, Job(Path(folder) / how, KILLED_IMAGES), whole.digest()) for how in WAYS]


def _killed(how: str, job: Job, expected: str) -> dict:
    options = ["--how", how, "--images", str(job.images), "--size", str(job.size), "--folder", str(job.folder)]
    command = [sys.executable, "-m", "workbook.scale_out", "score", *options]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(_there(job)) < len(job.shards) // 2:
        if running.poll() is not None:
            raise RuntimeError(f"{how}: it ended before it could be killed")
        time.sleep(POLL_SECONDS)
    children = psutil.Process(running.pid).children(recursive=True)
    running.kill()
    running.wait()
    left = len(psutil.wait_procs(children, PATIENCE)[1])
    before = _there(job)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = _there(job)
    return {
        "how": how,
        "images": job.images,
        "there": sum(len(job.numbers(shard)) for shard in before),
        "kept": sum(len(job.numbers(shard)) for shard in before if after[shard] == before[shard]),
        "processes_left": left,
        "same_sha256": job.digest() == expected,
    }


def _there(job: Job) -> dict[int, int]:
    """The shards that are there, and when each was written."""
    paths = {shard: job.path(shard) for shard in job.shards}
    return {shard: path.stat().st_mtime_ns for shard, path in paths.items() if path.exists()}


def requests() -> dict[str, list[dict]]:
    """What Ray Serve does under load."""
    from workbook.scale_out.trial import play

    return play()


def autoscale() -> dict[str, list[dict]]:
    """What Ray Serve's autoscaler does when load comes and goes."""
    from workbook.scale_out.autoscale import play

    return play()


PARTS: dict[str, Callable[[], object]] = {
    "batch": batch,
    "killed": killed,
    "requests": requests,
    "autoscale": autoscale,
}


def measure(part: str, course: Path) -> dict:
    """Measure one part, keep it beside the others, and return it, with the day and the machine."""
    path = course / RESULTS
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    found = {"recorded": datetime.now(UTC).date().isoformat(), "machine": machine, "rows": PARTS[part]()}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**kept, part: found}, indent=1) + "\n", encoding="utf-8")
    if part in PICTURES:
        draw_it, name = PICTURES[part]
        draw_it(found["rows"], path.with_name(name))
    return found


def tables(part: str, found: dict) -> list[Table]:
    """The figures of a part for the terminal: a table for each kind of row, as they are kept."""
    kinds = found["rows"] if isinstance(found["rows"], dict) else {part: found["rows"]}
    return [_table(f"{kind}: {found['recorded']}, {found['machine']}", rows) for kind, rows in kinds.items()]


def _table(title: str, rows: list[dict]) -> Table:
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in row.values()))
    return table
