"""The server as it runs in production: worker processes, metrics and a log of all of them, an end without loss."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from server.model_card import PINNED_MODELS
from tests.server.production.running import Production

IMAGE = {"image": [[0, 9] * 14] * 28}
CLOTHES = "/models/clothes/v1"


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
    with socket.create_connection(("127.0.0.1", production.port), timeout=30) as connection:
        connection.sendall(head.encode() + body[:1000])
        time.sleep(0.5)  # the server has the first half and waits for the second
        production.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(body[1000:])
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert production.process.wait(20) == 0
