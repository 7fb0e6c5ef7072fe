"""The server as it runs in production: worker processes, metrics of all of them, a swap and a kill under load."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from server.model_card import CARD_FILE
from server.repository import EXTRA_FOLDER, PINNED_MODELS
from workbook.process import free_port

IMAGE = {"image": [[0, 9] * 14] * 28}
CLOTHES = "/models/clothes/v1"
CALLERS = 4


class Production:
    """``workbook serve`` as a process of its own, with two workers."""

    def __init__(self, models: Path, log: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        command = [sys.executable, "-m", "workbook", "serve", "--port", str(port), "--workers", "2"]
        with log.open("wb") as file:
            self.process = subprocess.Popen([*command, "--models", str(models)], stdout=file, stderr=file)
        self.wait()

    def wait(self) -> None:
        for _ in range(300):
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        pytest.fail(self.log.read_text())

    def workers(self) -> list[int]:
        """The children that serve; Python's resource tracker is one, too, but it is not ours."""
        command = ["ps", "--ppid", str(self.process.pid), "-o", "pid=,args="]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if "resource_tracker" not in line]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A repository with version 1 of the clothes model."""
    shutil.copytree(PINNED_MODELS / "clothes" / "1", tmp_path / "models" / "clothes" / "1")
    return tmp_path / "models"


@pytest.fixture
def production(models, tmp_path):
    server = Production(models, tmp_path / "log.txt")
    yield server
    if server.process.poll() is None:
        server.stop()


def classify(url: str) -> int:
    return requests.post(url + CLOTHES, json=IMAGE, timeout=30).status_code


def test_metrics_add_up_over_the_workers(production):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: classify(production.url), range(60))) == {200}
    assert requests.post(production.url + CLOTHES, json={}, timeout=30).status_code == 400
    lines = requests.get(f"{production.url}/metrics", timeout=30).text.splitlines()
    assert 'server_responses_total{method="POST",status="200"} 60.0' in lines
    assert 'server_responses_total{method="POST",status="400"} 1.0' in lines
    assert 'inference_batch_size_count{model="clothes",version="1"} 60.0' in lines
    assert any(line.startswith("inference_labels_total{") for line in lines)


def test_the_log_has_a_json_line_a_request_with_its_id_and_nothing_of_the_body(production):
    headers = {"X-Request-Id": "abc-1", "Authorization": "Bearer secret"}
    response = requests.post(production.url + CLOTHES + "?key=secret", json=IMAGE, headers=headers, timeout=30)
    assert response.headers["X-Request-Id"] == "abc-1"
    forged = requests.get(f"{production.url}/healthz", headers={"X-Request-Id": "a b"}, timeout=30)
    assert forged.headers["X-Request-Id"] != "a b"
    lines = [json.loads(line) for line in production.log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request") == "abc-1"]
    assert (line["method"], line["path"], line["status"]) == ("POST", CLOTHES, 200)
    assert "secret" not in production.log.read_text()


def test_stopping_finishes_what_is_under_way(production):
    body = json.dumps(IMAGE).encode()
    head = (
        f"POST {CLOTHES} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port = int(production.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.encode() + body[:1000])
        time.sleep(0.5)  # the server has the first half and waits for the second
        production.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(body[1000:])
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert production.process.wait(20) == 0


def test_swaps_under_load_lose_no_request_and_a_killed_worker_is_replaced(production, models):
    with load(production.url) as answers:
        swap_versions(models)
        lost_by_swaps = answers.count("lost")
        before = set(production.workers())
        os.kill(min(before), signal.SIGKILL)
        time.sleep(3)
    assert lost_by_swaps == 0
    assert set(answers) <= {200, "lost"}
    assert answers.count(200) > 100
    assert answers.count("lost") <= CALLERS, "more than the killed worker can have held"
    after = set(production.workers())
    assert len(after) == 2
    assert after != before


@contextmanager
def load(url: str) -> Iterator[list]:
    """Callers that ask one request after another; yields the list of what they got, a status or "lost"."""
    answers: list = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                answers.append(classify(url))
            except requests.RequestException:
                answers.append("lost")
                time.sleep(0.1)

    callers = [threading.Thread(target=ask, daemon=True) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        yield answers
    finally:
        done.set()
        for caller in callers:
            caller.join(30)


def swap_versions(models: Path) -> None:
    for version in (2, 3, 4):
        new = models / "clothes" / str(version)
        writing = Path(shutil.copytree(models / "clothes" / "1", models / "clothes" / ".writing"))
        card = writing / EXTRA_FOLDER / CARD_FILE
        card.write_text(json.dumps({**json.loads(card.read_text()), "version": version}))
        writing.rename(new)
        time.sleep(1.2)
        shutil.rmtree(new)
