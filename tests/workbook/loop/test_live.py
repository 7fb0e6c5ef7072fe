"""The live side with real processes: a canary that arrives, one that breaks, half a file, and what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline import dataset
from server.model_card import PINNED_MODELS
from tests.loops import ANY_LETTERS
from tests.server.production.running import wait_until
from workbook.loop import rollout
from workbook.loop.customers import Customers
from workbook.loop.monitor import Monitor
from workbook.loop.service import PROCESSES, Service, end_leftovers

CLOTHES = PINNED_MODELS / "clothes"
HOLD = 15


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Versions 1 and 2 of the course; all users have version 1."""
    home = tmp_path_factory.mktemp("loop") / ANY_LETTERS
    for version in ("1", "2"):
        shutil.copytree(CLOTHES / version, home / "repository" / "clothes" / version)
    with Service(home, 1) as service:
        yield service


@pytest.fixture(scope="module")
def pictures(data: None) -> tuple[np.ndarray, np.ndarray]:
    """The 10,000 test images and their labels, without TensorFlow."""
    return dataset.read_test_set()


@pytest.fixture
def customers(service, pictures) -> Iterator[Customers]:
    with Customers(service.url, *pictures, rate=100) as customers:
        yield customers
    assert {visit.status for visit in customers.visits} == {200}  # whatever happens, nobody is let down


@pytest.fixture(autouse=True)
def back_to_one(service) -> Iterator[None]:
    yield
    service.to_one(1)
    wait_until(lambda: service.traffic()["kind"] == "version")


def test_a_canary_grows_until_it_has_all_users(service, customers):
    shares = []
    rollout.canary(service, 1, 2, HOLD, lambda state: shares.append(state["share"]))
    assert sorted(set(shares)) == [0.05, 0.25, 1.0]
    since = len(customers.visits) + 5
    wait_until(lambda: len(customers.visits) > since + 20)
    assert {visit.version for visit in customers.visits[since:]} == {2}


def test_a_canary_that_breaks_on_the_way_is_rolled_back_and_no_user_sees_it(service, customers, pictures):
    folder, away = service.repository / "clothes" / "2", service.repository / ".away"

    def break_it(_: dict) -> None:  # at the first look: a busy machine may miss any later one
        if folder.exists():
            os.rename(folder, away)

    try:
        with pytest.raises(rollout.Stopped, match="more than the budget") as stopped:
            rollout.canary(service, 1, 2, HOLD, break_it)
    finally:
        os.rename(away, folder)
    rollout.smoke_test(service, 2, CLOTHES / "2", pictures[0][:4])  # it is back, in both workers
    assert stopped.value.where == "canary"
    assert service.traffic()["versions"]["2"]["share"] == 0


def test_the_monitor_sees_a_camera_out_of_focus_and_nothing_before(service, customers):
    monitor = Monitor(service.server)
    wait_until(lambda: len(customers.visits) > 450)  # two windows, and some
    assert monitor.look(1) is None
    customers.trouble = "blur 2"
    wait_until(lambda: (alarm := monitor.look(1)) and alarm.statistic == "sharpness" and alarm.distance > alarm.limit)


def test_half_a_file_fails_the_smoke_test_and_the_others_answer_on(service, customers, pictures):
    folder = service.repository / "clothes" / "3"
    whole = service.repository / ".three"
    shutil.copytree(CLOTHES / "1", whole)
    card = whole / "assets.extra" / "model_card.json"
    card.write_text(card.read_text().replace('"version": 1,', '"version": 3,'))
    os.truncate(whole / "assets.extra" / "clothes.tflite", 1000)
    os.rename(whole, folder)
    try:
        with pytest.raises(rollout.Stopped, match=r"leaves v3 out: .*clothes.tflite is not the file"):
            rollout.smoke_test(service, 3, CLOTHES / "1", pictures[0][:4])
    finally:
        shutil.rmtree(folder)
    rollout.smoke_test(service, 1, CLOTHES / "1", pictures[0][:4])


def test_a_version_that_answers_otherwise_than_the_registered_one_fails_the_smoke_test(service, pictures):
    with pytest.raises(rollout.Stopped, match="answers otherwise than the version that is registered"):
        rollout.smoke_test(service, 1, CLOTHES / "2", pictures[0][:4])


def test_what_a_killed_loop_has_left_is_ended_and_nothing_else(tmp_path: Path):
    shutil.copytree(CLOTHES / "1", tmp_path / "repository" / "clothes" / "1")
    code = f"from pathlib import Path; from workbook.loop.service import Service; Service(Path({str(tmp_path)!r}), 1); "
    loop = subprocess.Popen([sys.executable, "-c", code + "print('up', flush=True); input()"], stdin=-1, stdout=-1)
    assert loop.stdout.readline() == b"up\n"
    left = psutil.Process(loop.pid).children(recursive=True)
    loop.kill()
    loop.communicate()
    assert len(left) >= 4  # a server, its workers, a front, its worker
    end_leftovers(tmp_path)
    psutil.wait_procs(left, 30)
    assert [process for process in left if process.is_running()] == []
    # The same number may be another's by now, which began at another time.
    ours = psutil.Process()
    (tmp_path / PROCESSES).write_text(f'{{"{ours.pid}": {ours.create_time() - 1}}}')
    end_leftovers(tmp_path)


def test_a_server_that_does_not_end_is_killed_with_its_workers(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("workbook.loop.service.STOP_SECONDS", 0.2)
    worker = "import time; time.sleep(600)"
    code = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"subprocess.Popen([sys.executable, '-c', {worker!r}]); print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as server:
        assert server.stdout.readline() == b"up\n"
        first = psutil.Process(server.pid)
        family = [first, *first.children()]
        (tmp_path / PROCESSES).write_text(json.dumps({server.pid: first.create_time()}))
        end_leftovers(tmp_path)
    assert len(family) == 2
    _, left = psutil.wait_procs(family, 10)
    assert left == []
