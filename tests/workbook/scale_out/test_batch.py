"""A job is done in shards that are there whole or not at all: scored by whom you like, killed and gone on with."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from itertools import islice

import numpy as np
import psutil
import pytest

from pipeline import dataset
from server.model_card import PINNED_MODELS
from server.repository import load_servable
from workbook.errors import UserError
from workbook.scale_out import __main__ as scale_out
from workbook.scale_out import images
from workbook.scale_out.batch import one_process, score
from workbook.scale_out.job import Job, classes_of

PATIENCE = 120


@pytest.fixture(scope="module", autouse=True)
def there(data):
    """The images are made of the data set."""


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "shards", images=2000, size=300)


def test_an_image_is_the_same_whoever_asks_for_it_and_each_round_is_moved():
    pixels = images.pixels_of(range(69_990, 140_010))
    assert pixels.shape == (70_020, 28, 28) and pixels.dtype == np.uint8
    assert np.array_equal(pixels[10:15], images.pixels_of(range(70_000, 70_005)))
    assert np.array_equal(images.pixels_of(range(3)), dataset.read_training_set()[0][:3])
    down, right = images.moves()[1]
    inner = slice(2, 26)
    moved = images.sources()[:5, 2 - down : 26 - down, 2 - right : 26 - right]
    assert np.array_equal(pixels[10:15, inner, inner], moved) and (down, right) != (0, 0)
    assert len(set(images.moves())) == len(images.moves()) == 25


def test_every_image_has_the_class_that_the_server_gives_it(job):
    outcome = score(job)
    assert (outcome.scored, len(job.shards)) == (2000, 7) and 0 < outcome.first <= outcome.seconds
    expected = load_servable(PINNED_MODELS / "clothes" / "1").classify(images.pixels_of(range(2000)))[0].argmax(axis=1)
    assert np.array_equal(job.labels(), expected)


def test_one_that_was_stopped_scores_only_what_is_missing_and_ends_alike(job, tmp_path):
    whole = Job(tmp_path / "whole", images=2000, size=500)
    score(whole)
    assert list(islice(one_process(job, job.begin()), 3)) == [300, 300, 300]
    (job.folder / ".00003.partial").write_bytes(b"half a shard")
    before = {shard: job.path(shard).stat().st_mtime_ns for shard in range(3)}
    told = []
    assert score(job, told=told.append).scored == 2000 - 3 * 300 == sum(told)
    assert {shard: job.path(shard).stat().st_mtime_ns for shard in range(3)} == before
    assert job.digest() == whole.digest()
    again = score(job)
    assert (again.scored, again.rate) == (0, 0)


def test_a_shard_is_there_whole_or_not_at_all(job, monkeypatch):
    job.begin()

    def killed(beside, path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", killed)
        job.write(0, np.zeros(300, np.uint8))
    assert 0 in job.begin()
    job.write(0, np.zeros(300, np.uint8))
    assert 0 not in job.begin()


def test_a_pool_whose_processes_end_is_given_up_with_a_word(tmp_path):
    """As from a script that each of them reads again, and that then begins a pool itself."""
    script = tmp_path / "mine.py"
    job = f"Job(Path({str(tmp_path / 'job')!r}), images=200, size=100)"
    names = {"pathlib": "Path", "workbook.scale_out.batch": "score", "workbook.scale_out.job": "Job"}
    imports = [f"from {module} import {name}" for module, name in names.items()]
    script.write_text("\n".join([*imports, f"score({job}, how='pool')"]))
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert 'the call belongs under if __name__ == "__main__":' in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"no array"])
def test_a_shard_whose_content_was_lost_with_the_power_is_scored_again(job, content):
    job.begin()
    job.write(0, np.zeros(300, np.uint8))
    job.write(1, np.zeros(299, np.uint8))
    job.path(2).write_bytes(content)
    assert job.begin() == [1, 2, 3, 4, 5, 6]


def test_where_nothing_can_be_written_is_one_line(job, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file cannot be used \(File exists\): name another folder"):
        Job(tmp_path / "file").begin()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    job.begin()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device: what is done stays"):
        scale_out.score_command("one", job.images, job.size, job.folder)
    assert [path.name for path in job.folder.iterdir()] == ["job.json"]


def test_a_folder_is_not_claimed_by_what_cannot_begin(job):
    with pytest.raises(UserError, match="no way 'quickly'"):
        scale_out.score_command("quickly", 500, 100, job.folder)
    assert not job.folder.exists()
    job.begin()
    assert len(Job(job.folder, images=2000, size=301).begin()) == 7  # nothing had been scored
    (job.folder / "job.json").write_bytes(b"{")
    assert len(job.begin()) == 7


def test_who_types_ctrl_c_sees_no_traceback_of_the_pool(tmp_path):
    command = [sys.executable, "-m", "workbook.scale_out", "score", "--how", "pool", "--folder", str(tmp_path)]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # not if a shell has started the tests beside it
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = subprocess.Popen(command, **pipes, start_new_session=True, preexec_fn=heard)  # noqa: PLW1509
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "00001.npy").exists():
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.002)
    os.killpg(running.pid, signal.SIGINT)
    assert running.communicate(timeout=PATIENCE)[1].strip() == b""
    assert running.returncode == 130


def test_a_port_that_another_server_has_is_not_shared_with_it():
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(UserError, match="cannot be had"):
        scale_out.serve_command(1, other.getsockname()[1])


def test_a_pool_that_is_killed_leaves_no_process_and_is_gone_on_with(tmp_path):
    job = Job(tmp_path / "killed", images=70_000, size=1000)
    options = ["--images", "70000", "--size", "1000", "--folder", str(job.folder)]
    command = [sys.executable, "-m", "workbook.scale_out", "score", *options]
    running = subprocess.Popen([*command, "--how", "pool"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while not job.path(2).exists():
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.002)
    children = psutil.Process(running.pid).children(recursive=True)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert psutil.wait_procs(children, PATIENCE)[1] == []
    missing = job.begin()
    assert 0 < len(missing) < 70
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{70_000 - 1000 * len(missing):,} of 70,000 images were there" in done.stdout
    assert f"scored {1000 * len(missing):,} in" in done.stdout
    unbroken = hashlib.sha256(classes_of(images.sources()).tobytes()).hexdigest()
    assert job.digest() == unbroken and f"sha256 of all classes {unbroken[:16]}" in done.stdout


def test_the_results_of_another_job_are_not_taken_for_its_own(job):
    job.begin()
    job.write(0, np.zeros(300, np.uint8))
    with pytest.raises(UserError, match="another job"):
        Job(job.folder, images=2000, size=301).begin()
    for count in (0, 70_000 * 25 + 1):
        with pytest.raises(UserError, match="expected 1 to 1,750,000"):
            Job(job.folder / "new", images=count).begin()


def test_a_way_that_there_is_not_and_one_that_needs_ray_are_one_line(job):
    with pytest.raises(UserError, match="one, pool, tasks and data"):
        score(job, "quickly")
    with pytest.raises(UserError, match=r"tasks needs Ray: type python -m workbook\.scale_out"):
        score(job, "tasks")
