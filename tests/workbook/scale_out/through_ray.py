"""Goes once through all that the course does with Ray, in Ray's own environment: ``through_ray.py NODES FOLDER``.

A batch by tasks and by Ray Data, then Serve, at the port ``PORT``: a moment of load, and a look at the replicas. What
came of it is JSON in ``FOLDER/found.json``, the last of the files that mark its progress. From then on it serves, until
it is told to end.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from workbook.scale_out.quiet import quiet_ray

quiet_ray()

from workbook.scale_out import autoscale, by_ray, trial  # noqa: E402  not before Ray's environment is set
from workbook.scale_out.app import ROUTE, Settings  # noqa: E402
from workbook.scale_out.batch import score  # noqa: E402
from workbook.scale_out.job import Job  # noqa: E402
from workbook.scale_out.nodes import begin, cluster_of, wait_for_the_end  # noqa: E402

IMAGES, SIZE = 1000, 300


def batch(folder: Path, how: str) -> dict:
    """By one of Ray's ways, one shard of which was there: what was scored, and the digest."""
    job = Job(folder / how, IMAGES, SIZE)
    job.begin()
    job.write(1, Job(folder / "whole", IMAGES, SIZE).labels()[SIZE : 2 * SIZE])
    return {"scored": score(job, how).scored, "digest": job.digest()}


def autoscaling() -> dict:
    """What Ray is told, the replicas that it has now, and the changes that are read from looks at others."""
    moments = [(9, 1, 1, 1), (12, 4, 1, 4), (13, 4, 4, 4), (21, 1, 1, 4), (22, 1, 1, 1)]
    return {
        "fixed": Settings(replicas=2).options(),
        "follows": Settings(most_replicas=4).options(),
        "looked": vars(autoscale.look()),
        "changes": autoscale.changes([autoscale.Look(*one) for one in moments], began=10, ended=20),
    }


def write(path: Path, found: object) -> None:
    """The whole file at once: somebody waits for it."""
    beside = path.with_suffix(".partial")
    beside.write_text(json.dumps(found), encoding="utf-8")
    beside.replace(path)


def main(nodes: str, into: str) -> None:
    trial.SECONDS, trial.CLIENTS, by_ray.AT_ONCE = 2, 2, 1  # one actor: each process of Ray takes seconds to start
    folder, found = Path(into), {}
    with cluster_of(int(nodes)):
        write(folder / "nodes", nodes)
        for how in ("tasks", "data"):
            found[how] = batch(folder, how)
            write(folder / f"{how}.json", found[how])
        port = int(os.environ["PORT"])
        begin(port)
        write(folder / "serve", port)
        found["load"] = trial.throughput(f"http://127.0.0.1:{port}{ROUTE}", Settings(wait_ms=20))
        write(folder / "found.json", found | autoscaling())
        wait_for_the_end()


if __name__ == "__main__":
    main(*sys.argv[1:])
