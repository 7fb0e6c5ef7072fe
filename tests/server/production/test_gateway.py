"""What stands before the application: bodies that come slowly, in parts or too large; odd paths and headers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
import requests
from PIL import Image

from server.production.gateway import Gateway, nobody_is_refused
from server.production.observability import Observed
from tests.server.log import log_lines
from tests.server.production.running import Production
from tests.server.production.test_production import CLOTHES, IMAGE, metrics

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
    headless = [send(production, b"POST / HTTP/1.1\r\nHost: loc") for _ in range(20)]
    silent = [send(production, b"") for _ in range(300)]
    idle = [send(production, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(300)]
    before = metrics(production.url)
    for _ in range(20):
        assert requests.post(production.url + CLOTHES, json=IMAGE, timeout=30).ok
    waiting = [*stalled, *headless, *silent]
    assert not select.select(waiting, [], [], 0)[0], "they were told before the others were answered"
    with contextlib.ExitStack() as connections:
        for connection in (*waiting, *idle):
            connections.enter_context(connection).settimeout(60)
        for connection in stalled:
            assert connection.recv(100).startswith(b"HTTP/1.1 408")
        for connection in headless:
            assert not connection.recv(100).startswith(b"HTTP/1.1 2")
        for connection in (*silent, *idle):  # what was answered is read, and then they are closed
            while connection.recv(4096):
                pass
    assert (metrics(production.url) - before)['server_responses_total{method="POST",status="408"}'] == 20


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
    line = next(line for line in log_lines(production.log) if line.get("request") == "endless")
    assert line["status"] == 413


SIZE = b"%x\r\n" % len(BODY)
BROKEN = {
    "it ends after a whole chunk": SIZE + BODY + b"\r\n",
    "a size is none": SIZE + BODY + b"\r\nxyz\r\n",
    "the first size is none": b"xyz\r\n" + BODY,
    "it ends within a chunk": SIZE + BODY[:100],
    "a chunk is longer than its size": b"5\r\n" + BODY,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_chunks_that_break_off_or_are_none_are_400_and_said_to_be(production, body):
    with send(production, post("Transfer-Encoding: chunked", body=body)) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"within its chunks" in answer


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_a_body_that_says_it_is_packed_is_415(production, encoding):
    packed = {**JSON, "Content-Encoding": encoding}
    answer = requests.post(production.url + CLOTHES, BODY, headers=packed, timeout=30)
    assert (answer.status_code, encoding in answer.json()["error"]) == (415, True)


@pytest.mark.parametrize(("path", "allowed"), [("/", "GET, HEAD, OPTIONS"), (CLOTHES, "GET, HEAD, OPTIONS, POST")])
def test_a_method_that_there_is_not_is_told_what_the_address_allows(production, path, allowed):
    for method in (b"TRACE", b"post"):
        request = b"%b %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % (method, path.encode())
        with send(production, request) as connection:
            answer = connection.makefile("rb").read().decode()
        assert answer.startswith("HTTP/1.1 405")
        assert f"allow: {allowed}\r\n".lower() in answer.lower()
    offered = requests.options(production.url + path, timeout=30).headers["Allow"]
    assert set(offered.split(", ")) == set(allowed.split(", "))


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


MALFORMED = {
    "no host": (b"GET /healthz HTTP/1.1\r\nX-Request-Id: no-host\r\n\r\n", 400),
    "two hosts": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-Request-Id: two-hosts\r\n\r\n", 400),
    "a host of two words": (b"GET /healthz HTTP/1.1\r\nHost: a b\r\nX-Request-Id: two-words\r\n\r\n", 400),
    "a method in lower case": (b"get /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: lower-case\r\n\r\n", 405),
    "a method of nobody's": (b"BREW /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: brew\r\n\r\n", 405),
}


@pytest.mark.parametrize(("request_", "expected"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_request_is_refused_logged_and_counted(production, request_, expected):
    method = request_.split()[0].decode()
    label = method if method == "GET" else "other"
    series = f'server_responses_total{{method="{label}",status="{expected}"}}'
    before = metrics(production.url)[series]
    status, answer = answer_to(production, request_)
    assert (status, list(answer)) == (expected, ["error"])
    assert metrics(production.url)[series] == before + 1
    request_id = request_.partition(b"X-Request-Id: ")[2].split()[0].decode()
    (line,) = [line for line in log_lines(production.log) if line.get("request") == request_id]
    assert line["status"] == expected


def test_a_header_with_an_underscore_is_not_taken_for_the_one_with_a_hyphen(production):
    for name in ("Content_Length: abc", "Content_Type: text/plain", "Transfer_Encoding: chunked", "X_Request_Id: mine"):
        assert answer_to(production, post(name, f"Content-Length: {len(BODY)}", body=BODY))[0] == 200, name


def test_http_1_0_needs_no_host(production):
    assert answer_to(production, b"GET /healthz HTTP/1.0\r\n\r\n")[0] == 200


def test_a_request_to_speak_websocket_is_refused_in_http(production):
    upgrade = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    assert answer_to(production, upgrade + key)[0] == 400


def test_probes_are_answered_while_a_large_request_is_worked_on(production):
    """Of two workers, both: as many pictures as may come in one body keep each busy for longer than a probe waits."""
    picture = BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (3000, 3000), np.uint8)).save(picture, "JPEG")
    url = production.url + CLOTHES
    with ThreadPoolExecutor(4) as pool:
        large = [
            pool.submit(requests.post, url, picture.getvalue(), headers={"Content-Type": "image/jpeg"}, timeout=60)
            for _ in range(4)
        ]
        probes = 0
        while not all(future.done() for future in large):
            assert requests.get(f"{production.url}/healthz", timeout=30).ok
            probes += 1
    assert all(future.result().ok for future in large)
    assert probes > len(large), "they had to wait for the pictures"


def test_a_header_that_comes_twice_is_joined(production):
    status, _ = answer_to(production, post("Content-Type: text/plain", f"Content-Length: {len(BODY)}", body=BODY))
    assert status == 415


def test_the_time_of_a_request_includes_its_wait_for_the_thread():
    """Of two pictures at once the second waits for the first, and its sender for both."""
    log = BytesIO()

    def slow(_: dict, start) -> list[bytes]:
        time.sleep(0.1)
        start("200 OK", [])
        return []

    async def both() -> None:
        gateway = Gateway(Observed(slow, log), nobody_is_refused, lambda app: app, 1000, 1)
        pictures = [{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "image/png"} for _ in range(2)]
        await asyncio.gather(*(gateway._answer(gateway._app, picture, bytearray(b"x")) for picture in pictures))

    asyncio.run(both())
    times = [json.loads(line)["ms"] for line in log.getvalue().splitlines()]
    assert times[0] >= 100 and times[1] >= 150  # the second came some milliseconds after the first
