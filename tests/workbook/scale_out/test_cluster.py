"""Ray's part, with the real Ray: one small cluster that scores by both of its ways, and then serves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from workbook.bench.question import trousers
from workbook.scale_out.batch import score
from workbook.scale_out.job import Job
from workbook.servers.process import DidNotStart, Process, free_port

ROUTE = "/models/clothes/v1"
SCRIPT = Path(__file__).with_name("through_ray.py")
LATE = Path(__file__).with_name("late_node.py")
NODES = 1
STEPS = ("nodes", "tasks.json", "data.json", "serve", "found.json")  # files that the script writes, one after another
# Ray would start processes ahead, for work that may come.
NONE_AHEAD = {"RAY_enable_worker_prestart": "0", "RAY_prestart_worker_first_driver": "0"}
IMAGES, SIZE = 1000, 300
PATIENCE = 120
TOO_BUSY = "did not start within its 30 s"


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory) -> Job:
    """A batch that one process has scored."""
    job = Job(tmp_path_factory.mktemp("ray") / "whole", IMAGES, SIZE)
    score(job)
    return job


@pytest.fixture(scope="module")
def cluster(ray_python, whole) -> Iterator[tuple[str, dict]]:
    """The address of the application, and what was found on the way there. At the end no process of it is left."""
    folder, port = whole.folder.parent, free_port()
    process = in_time(lambda: walked(ray_python, folder, port))
    started = psutil.Process(process.pid).children(recursive=True)
    try:
        yield f"http://127.0.0.1:{port}{ROUTE}", json.loads((folder / STEPS[-1]).read_text(encoding="utf-8"))
    finally:
        process.stop()
        left = psutil.wait_procs(started, PATIENCE)[1]
        for one in left:
            one.kill()
    assert left == []


def walked(python: Path, folder: Path, port: int) -> Process:
    """The script once all its steps are done. Each has a time limit of its own: on a busy machine, each needs it."""
    process = Process([str(python), str(SCRIPT), str(NODES), str(folder)], {**NONE_AHEAD, "PORT": str(port)})
    for step in STEPS:
        process.wait_until((folder / step).exists, step)
    return process


def in_time(start: Callable[[], Process]) -> Process:
    """Started again if the machine was too busy for the time that Ray gives a node."""
    try:
        return start()
    except DidNotStart as error:
        if TOO_BUSY not in str(error):
            raise
        return start()


def test_a_node_that_does_not_start_in_time_is_one_line(ray_python):
    done = subprocess.run([ray_python, LATE], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (TOO_BUSY in done.stdout, done.returncode) == (True, 0), done.stderr


def test_a_cluster_scores_what_is_missing_of_a_batch_as_one_process_does(cluster, whole):
    _, found = cluster
    for how in ("tasks", "data"):
        assert found[how] == {"scored": IMAGES - SIZE, "digest": whole.digest()}


def test_a_cluster_answers_what_the_reference_server_answers(cluster, served):
    url, found = cluster
    reference = served + ROUTE
    assert requests.get(url, timeout=30).json() == requests.get(reference, timeout=30).json()
    for body in ({"image": trousers()}, {"images": [trousers()] * 3}, {"image": [[1, 2]]}, {"picture": 1}):
        answers = [requests.post(one, json=body, timeout=30) for one in (url, reference)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].content == answers[1].content
    load = found["load"]
    assert (load["replicas"], load["nodes"], load["bad"]) == (1, 1, 0) and load["good"] > 0 and load["p50_ms"] >= 20


def test_the_autoscaler_is_told_and_what_it_did_is_read_from_what_was_seen(cluster):
    _, found = cluster
    assert found["fixed"] == {"num_replicas": 2}
    assert found["follows"]["autoscaling_config"].items() >= {"min_replicas": 1, "max_replicas": 4}.items()
    assert [found["looked"][name] for name in ("wanted", "running", "there")] == [1, 1, 1]
    assert [list(row.values()) for row in found["changes"]] == [
        *(["load", count, 2.0, 3.0] for count in (2, 3, 4)),
        *(["quiet", count, 1.0, 2.0] for count in (3, 2, 1)),
    ]
