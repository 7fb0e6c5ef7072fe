"""REST under clients that dawdle, say nothing, or send little that stands for much. Cases R37 to R49."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.tensorflow_serving.rest.connections import CONNECTIONS
from server.tensorflow_serving.rest.request_body import UNPACKED_BYTES
from tests.tensorflow_serving.running import SECONDS, Running

PREDICT = "/v1/models/default:predict"
HEAD = f"POST {PREDICT} HTTP/1.1\r\nHost: a\r\n".encode()
HALF_A_BODY = HEAD + b'Content-Length: 1000\r\n\r\n{"instances"'
# Long enough for a machine that is busy, and shorter than any time after which the server itself gives a client up.
MEANWHILE_SECONDS = 15
MEGABYTE = 1024 * 1024


@contextmanager
def connections(server: Running, number: int, beginning: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that begin to speak and go no further."""
    host, port = server.url.removeprefix("http://").split(":")
    opened = []
    try:
        for _ in range(number):
            opened.append(socket.create_connection((host, int(port)), SECONDS))
            opened[-1].sendall(beginning)
        yield opened
    finally:
        for one in opened:
            one.close()


def answers(server: Running) -> None:
    """A new client asks for the status and for a prediction."""
    started = time.monotonic()
    client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=SECONDS)
    for method, path, body in (("GET", "/v1/models/default", None), ("POST", PREDICT, '{"instances": [1.0]}')):
        client.request(method, path, body)
        response = client.getresponse()
        assert response.status == 200, response.read()
        response.read()
    client.close()
    assert time.monotonic() - started < MEANWHILE_SECONDS


BEGINNINGS = {
    "R37-body": (100, HALF_A_BODY),
    "R38-silent": (600, b""),
    "R39-request-line": (100, b"POST /v1/mod"),
    "R40-headers": (100, HEAD),
    "R41-chunks": (100, HEAD + b"Transfer-Encoding: chunked\r\n\r\n8\r\n{"),
    "R42-more-than-there-may-be": (CONNECTIONS + 100, HALF_A_BODY),
}


@pytest.mark.parametrize(("number", "beginning"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_clients_that_do_not_go_on_keep_nobody_waiting(serving, number, beginning):
    with connections(serving, number, beginning):
        answers(serving)


def test_r43_who_is_asked_to_read_and_does_not_keeps_nobody_waiting(serving):
    body = b'{"instances": [' + b"2.0," * 500_000 + b"2.0]}"
    request = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    with connections(serving, 8, request):
        answers(serving)


def resident_bytes(server: Running, field: str) -> int:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured as Linux shows it")
def test_r44_a_small_body_that_unpacks_to_much_is_refused_at_little_cost(serving):
    packed = gzip.compress(b" " * (200 * MEGABYTE) + b'{"instances": [1.0]}')
    before = resident_bytes(serving, "VmRSS")
    Path(f"/proc/{serving.process.pid}/clear_refs").write_text("5")  # the peak starts anew
    response = serving.post("default:predict", packed, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 400
    assert f"unpacks to more than {UNPACKED_BYTES} bytes" in response.json()["error"]
    assert resident_bytes(serving, "VmHWM") - before < 6 * UNPACKED_BYTES


MALFORMED = {
    "R45": (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Malformed chunk size: zz"),
    "R46": (b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", "Malformed chunk"),
    "R47": (b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n", "longer than the size before it"),
    "R48": (b"Content-Length: 99999999999999\r\n\r\n{}", "The body ends after 2 of 99999999999999 bytes"),
    "R49": (b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n{}", "The body ends after 2 of 281474976710655 bytes"),
}


@pytest.mark.parametrize(("rest", "text"), MALFORMED.values(), ids=MALFORMED)
def test_a_body_that_is_not_as_announced_is_a_bad_request(serving, rest, text):
    with connections(serving, 1, HEAD + rest) as (client,):
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert text in answer
    answers(serving)
