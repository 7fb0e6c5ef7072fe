"""What stands before the application: bodies that come slowly, in parts or too large; odd paths and headers."""

from __future__ import annotations

import contextlib
import json
import select
import socket

import requests

from tests.server.production.running import Production
from tests.server.production.test_production import CLOTHES, IMAGE

JSON = {"Content-Type": "application/json"}
BODY = json.dumps(IMAGE).encode()


def send(production: Production, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(production.url.rpartition(":")[2])), timeout=30)
    connection.sendall(data)
    return connection


def answer_to(production: Production, data: bytes) -> tuple[int, dict]:
    with send(production, data) as connection, connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
        return status, json.loads(stream.read(int(headers["content-length"])))


def post(*headers: str, path: str = CLOTHES, body: bytes = b"") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def test_senders_that_stop_half_way_hold_up_nobody_and_are_told(production):
    stalled = [send(production, post("Content-Length: 1000", body=b'{"image":')) for _ in range(20)]
    headless = send(production, b"POST / HTTP/1.1\r\nHost: loc")
    for _ in range(20):
        assert requests.post(production.url + CLOTHES, json=IMAGE, timeout=30).ok
    assert not select.select([*stalled, headless], [], [], 0)[0], "they were told before the others were answered"
    for connection in stalled:
        with connection:
            assert connection.recv(100).startswith(b"HTTP/1.1 408")
    with headless:
        assert not headless.recv(100).startswith(b"HTTP/1.1 2")


def test_a_body_in_chunks_is_taken(production):
    def parts():
        yield BODY[:100]
        yield BODY[100:]

    response = requests.post(
        production.url + CLOTHES, data=parts(), headers={"Content-Type": "application/json"}, timeout=9
    )
    assert response.json() == requests.post(production.url + CLOTHES, json=IMAGE, timeout=9).json()


def test_a_body_in_chunks_without_end_is_413(production):
    def parts():
        for _ in range(40):
            yield bytes(1 << 20)

    with contextlib.suppress(requests.ConnectionError):  # it may answer and close before all is sent
        requests.post(production.url + CLOTHES, data=parts(), headers={**JSON, "X-Request-Id": "endless"}, timeout=30)
    line = next(line for line in production.log.read_text().splitlines() if '"endless"' in line)
    assert json.loads(line)["status"] == 413


def test_a_body_that_says_it_is_too_large_is_413_before_it_is_sent(production):
    status, answer = answer_to(production, post("Content-Length: 99999999999"))
    assert status == 413
    assert answer["error"]


def test_a_body_that_ends_too_early_is_400(production):
    with send(production, post("Content-Length: 1000", body=b"{")) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_a_path_is_percent_decoded_once(production):
    plain = post(f"Content-Length: {len(BODY)}", path="/models/%63lothes/v1", body=BODY)
    assert answer_to(production, plain)[0] == 200
    assert answer_to(production, post("Content-Length: 0", path="/models/%2563lothes/v1"))[0] == 404


def test_bytes_beyond_ascii_in_path_and_headers_do_no_harm(production):
    status, answer = answer_to(
        production, post("Content-Length: 0", "X-Request-Id: \xff\xfe", path="/models/%FF%00/v1")
    )
    assert status == 404
    assert answer["error"]


def test_a_header_that_comes_twice_is_joined(production):
    status, _ = answer_to(production, post("Content-Type: text/plain", f"Content-Length: {len(BODY)}", body=BODY))
    assert status == 415
