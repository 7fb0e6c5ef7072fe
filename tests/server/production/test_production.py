"""The server as it runs in production: worker processes, metrics and a log of all of them, an end without loss."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import psutil
import pytest
import requests

import server.production.workers
from server.model_card import PINNED_MODELS, sha256_of
from tests.server.log import log_lines
from tests.server.production.running import STOP_SECONDS, Production, wait_until
from workbook.bench.usage import cpu_seconds, memory
from workbook.servers.process import answers, free_port

IMAGE = {"image": [[0, 9] * 14] * 28}
CLOTHES = "/models/clothes/v1"


def classify(url: str) -> int:
    return requests.post(url + CLOTHES, json=IMAGE, timeout=30).status_code


def metrics(url: str) -> Counter[str]:
    lines = requests.get(f"{url}/metrics", timeout=30).text.splitlines()
    series = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return Counter({name: float(value) for name, _, value in series})


def test_metrics_add_up_over_the_workers(production):
    before = metrics(production.url)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: classify(production.url), range(60))) == {200}
    assert requests.post(production.url + CLOTHES, json={}, timeout=30).status_code == 400
    grown = metrics(production.url) - before
    assert grown['server_responses_total{method="POST",status="200"}'] == 60
    assert grown['server_responses_total{method="POST",status="400"}'] == 1
    assert grown['inference_batch_size_count{model="clothes",version="1"}'] == 60
    assert grown['server_seconds_count{method="POST"}'] == 61
    whole, models = 'server_seconds_sum{method="POST"}', 'inference_seconds_sum{model="clothes",version="1"}'
    assert grown[whole] > grown[models] > 0
    labels = 'inference_labels_total{label="'
    assert sum(count for name, count in grown.items() if name.startswith(labels) and "clothes" in name) == 60


def test_the_log_has_a_json_line_a_request_with_its_id_and_nothing_of_the_body(production):
    headers = {"X-Request-Id": "abc-1", "Authorization": "Bearer secret"}
    response = requests.post(production.url + CLOTHES + "?key=secret", json=IMAGE, headers=headers, timeout=30)
    assert response.headers["X-Request-Id"] == "abc-1"
    forged = requests.get(f"{production.url}/healthz", headers={"X-Request-Id": "a b"}, timeout=30)
    assert forged.headers["X-Request-Id"] != "a b"
    (line,) = [line for line in log_lines(production.log) if line.get("request") == "abc-1"]
    assert (line["method"], line["path"], line["status"]) == ("POST", CLOTHES, 200)
    assert "secret" not in production.log.read_text()


@pytest.mark.parametrize("ends", ["\n", "\r", "\x1c", "\x85", "\u2028", "ü", "数"], ids=ascii)
def test_whatever_path_is_asked_for_the_log_has_one_line_about_it(production, ends):
    requests.get(f"{production.url}/models/a{quote(ends)}b", headers={"X-Request-Id": f"{ord(ends)}"}, timeout=30)
    told = [line["path"] for line in log_lines(production.log) if line.get("request") == f"{ord(ends)}"]
    assert told == [f"/models/a{ends}b"]


def test_a_line_names_the_version_that_answered_and_its_weights_and_a_refusal_none(production):
    """By the fast lane, by Flask's route, and by the thread for what takes long; one worker after the other."""
    weights = {1: weights_of("clothes/1"), 2: weights_of("clothes/2")}
    asked = [(version, query) for version in (1, 2) for query in ("", "?pixels")] * 3
    for number, (version, query) in enumerate(asked):
        url, headers = f"{production.url}/models/clothes/v{version}{query}", {"X-Request-Id": f"signed-{number}"}
        assert requests.post(url, json=IMAGE, headers=headers, timeout=30).ok
        assert requests.post(url, json={}, headers={"X-Request-Id": f"refused-{number}"}, timeout=30).status_code == 400
    lines = {line["request"]: line for line in log_lines(production.log) if "request" in line}
    signed = [lines[f"signed-{number}"] for number in range(len(asked))]
    assert [(line["model"], line["version"]) for line in signed] == [("clothes", version) for version, _ in asked]
    assert [line["weights"] for line in signed] == [weights[version] for version, _ in asked]
    assert not any("version" in lines[f"refused-{number}"] for number in range(len(asked)))


def weights_of(version: str) -> str:
    return sha256_of(PINNED_MODELS / version / "assets.extra" / "clothes.tflite")


def test_once_it_answers_it_says_what_it_serves_and_where(production):
    wait_until(lambda: "Serving " in production.log.read_text())
    lines = log_lines(production.log)
    (greeting,) = [line["message"] for line in lines if line.get("message", "").startswith("Serving ")]
    assert greeting == f"Serving clothes v1, v2; clothing v1; digits v1 at {production.url}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_at_a_terminal_it_says_so_in_a_sentence():
    ours, its = os.openpty()
    port = free_port()
    command = [sys.executable, "-m", "workbook", "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=its, stderr=subprocess.DEVNULL)
    os.close(its)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        said = terminal.readline()
        process.terminate()
        assert process.wait(STOP_SECONDS) == 0
    assert (
        said.decode().rstrip()
        == f"Serving clothes v1, v2; clothing v1; digits v1 at http://127.0.0.1:{port} (Ctrl+C stops)"
    )


LIBRARIES = "import flask, granian, numpy, psutil; print(sum(psutil.Process().cpu_times()[:2]))"


def test_it_starts_in_little_time_and_memory(tmp_path):
    with Production(PINNED_MODELS, tmp_path / "log.txt") as production:
        started = cpu_seconds(production.process.pid)
        for path, image in (
            (CLOTHES, IMAGE),
            ("/models/clothes/v2", IMAGE),
            ("/models/digits/v1", {"image": [[9] * 8] * 8}),
        ):
            for _ in range(10):
                assert requests.post(production.url + path, json=image, timeout=30).ok
        taken = memory(production.process.pid)
        assert production.stop() == 0
    bare = float(subprocess.run([sys.executable, "-c", LIBRARIES], capture_output=True, check=True).stdout)
    print(f"\nready after {started:.2f} s of CPU time, {started / bare:.1f} times the import of its libraries; {taken}")
    assert started < 6 * bare
    assert taken.rss < 210  # 192 on a quiet machine


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")
@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.7])
def test_ctrl_c_ends_it_without_a_word_however_soon_it_comes(seconds):
    """A terminal sends it to every process of the group."""
    command = [sys.executable, "-m", "server", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_until(lambda: cpu_seconds(process.pid) >= seconds)  # of work: a busy machine does little in a second
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode in (0, -signal.SIGINT)
    assert "Traceback" not in said
    assert "died" not in said


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except ConnectionRefusedError:
        return True
    return False


def test_stopping_finishes_what_is_under_way_and_who_keeps_a_connection_is_told_before(tmp_path, monkeypatch):
    leaving = tmp_path / "leaving"
    monkeypatch.setenv("SERVER_LEAVING_FILE", str(leaving))
    with Production(PINNED_MODELS, tmp_path / "log.txt") as production:
        with requests.Session() as session:
            answer = session.post(production.url + CLOTHES, json=IMAGE, timeout=30)
            assert "Connection" not in answer.headers
            leaving.touch()
            wait_until(lambda: session.get(f"{production.url}/readyz", timeout=30).headers.get("Connection") == "close")
        body = json.dumps(IMAGE).encode()
        head = (
            f"POST {CLOTHES} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", production.port), timeout=30) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 100")  # it has read the head, and waits for the body
            connection.sendall(body[:1000])
            production.process.send_signal(signal.SIGTERM)
            wait_until(lambda: refuses(production.port))  # it stops, and takes no more
            connection.sendall(body[1000:])
            assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert production.process.wait(STOP_SECONDS) == 0


def loads(worker: psutil.Process) -> bool:
    return sum(worker.cpu_times()[:2]) >= 0.05


def test_it_stops_at_once_while_a_worker_is_still_loading(tmp_path):
    with Production(PINNED_MODELS, tmp_path / "log.txt") as production:
        production.workers()[0].kill()
        # Until it loads, in its first milliseconds, the new one still has the first process's way with signals.
        wait_until(lambda: len(production.workers()) == 2 and all(map(loads, production.workers())))
        started = time.monotonic()
        assert production.stop() == 0
        assert time.monotonic() - started < server.production.workers.STOP_SECONDS, "a worker had to be killed"


def replacement(production: Production, worker: psutil.Process) -> psutil.Process:
    """The worker that takes the place of one that is killed."""
    before = production.workers()
    worker.kill()
    wait_until(lambda: worker not in (there := production.workers()) and len(there) == len(before))
    (new,) = set(production.workers()) - set(before)
    return new


def test_a_worker_that_dies_is_replaced_and_one_that_dies_at_once_ends_the_server_with_a_word(tmp_path):
    with Production(PINNED_MODELS, tmp_path / "log.txt") as production:
        first, second = production.workers()
        replacement(production, first)
        wait_until(lambda: answers(f"{production.url}/healthz"))  # the other one may only just have started itself
        replacement(production, second).kill()  # at once: what has run for six seconds may be replaced, too
        assert production.process.wait(STOP_SECONDS) == 1
        last = log_lines(production.log)[-1]
        assert (last["level"], last["message"]) == (
            "ERROR",
            "a worker died within seconds of its start, so the server ends; start it again",
        )
