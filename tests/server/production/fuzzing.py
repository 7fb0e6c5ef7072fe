"""Requests that nobody sends on purpose: what there is to draw from, and the judge of each answer."""

from __future__ import annotations

import http.client
import json
import socket
from collections import Counter
from collections.abc import Mapping
from functools import cache
from io import BytesIO

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.server.production.running import Production

CLOTHES = "/models/clothes/v1"
BOUNDARY = "x"
IMAGE = np.tile(np.arange(28, dtype=np.uint8), (28, 1)).tolist()


class Target:
    """The production server, and a count of what it answered."""

    def __init__(self, production: Production) -> None:
        self.production = production
        self.statuses: Counter[int | str] = Counter()
        self.pids = {worker.pid for worker in production.workers()}
        self.memory = self.megabytes()

    @property
    def sent(self) -> int:
        return self.statuses.total()

    def megabytes(self) -> int:
        """The memory of all workers."""
        return sum(worker.memory_info().rss for worker in self.production.workers()) // 1024**2

    def judge(self, status: int, headers: Mapping[str, str], body: bytes, method: str = "GET") -> None:
        """Count an answer. An error of the application, which has an id, is JSON with one field."""
        self.statuses[status] += 1
        assert status < 500, body
        if status >= 400 and "X-Request-Id" in headers and method != "HEAD":
            answer = json.loads(body)
            assert list(answer) == ["error"]
            assert isinstance(answer["error"], str)

    def ask(self, method: str, path: str, body: bytes, content_type: str) -> None:
        """Send a well-formed request, which must be answered whatever is in it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.production.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            self.judge(answer.status, answer.headers, answer.read(), method)
        finally:
            connection.close()

    def send(self, request: bytes, well_formed: bool) -> None:
        """Send bytes as they are. What is no HTTP may be left without an answer, and is told of its end."""
        with socket.create_connection(("127.0.0.1", self.production.port), timeout=30) as connection:
            answer = http.client.HTTPResponse(connection)
            try:
                connection.sendall(request)
                if not well_formed:
                    connection.shutdown(socket.SHUT_WR)
                answer.begin()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                assert not well_formed, request
                self.statuses["no answer"] += 1
                return
            self.judge(answer.status, answer.headers, body)


# --- JSON

ENCODINGS = st.sampled_from(["utf-16", "utf-32", "utf-8-sig"])
numbers = st.one_of(
    st.integers(-5, 300).map(str),
    st.integers(1, 4000).map(lambda digits: "9" * digits),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "1e400", "-1e-400", "0.5", "1.0", "-0", "00", "0x1", "1_0"]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=100,
)
fields = st.sampled_from(["image", "images", "imag", ""])


@st.composite
def images_with_odd_cells(draw: st.DrawFn) -> bytes:
    """A picture as it should be, but for a few of its cells, rows, or its shape."""
    rows = [[str(value) for value in row] for row in IMAGE[: draw(st.sampled_from([28, 28, 28, 27, 1, 0]))]]
    for _ in range(draw(st.integers(0, 3))):
        cell = draw(numbers | values.map(json.dumps))
        if rows:
            rows[draw(st.integers(0, len(rows) - 1))][draw(st.integers(0, 27))] = cell
    text = "[" + ",".join(f"[{','.join(row)}]" for row in rows) + "]"
    repeat = draw(st.sampled_from([0, 0, 1, 2, 40]))
    return f'{{"image": {text}}}'.encode() if not repeat else f'{{"images": [{",".join([text] * repeat)}]}}'.encode()


def nested(opening: str, closing: str, depth: int, whole: bool) -> bytes:
    return ('{"image": ' + opening * depth + (closing * depth + "}" if whole else "")).encode()


json_bodies = st.one_of(
    images_with_odd_cells(),
    st.builds(lambda field, value: json.dumps({field: value}).encode(), fields, values),
    values.map(lambda value: json.dumps(value).encode()),
    st.builds(
        nested,
        st.sampled_from(["[", '{"a":', "[[1],"]),
        st.sampled_from(["]", "}"]),
        st.sampled_from([10, 63, 64, 65, 1023, 1024, 1025, 100_000]),
        st.booleans(),
    ),
    st.builds(lambda body, end: body[:end], images_with_odd_cells(), st.integers(0, 3000)),
    st.builds(
        lambda body, code: body.decode().encode(code), images_with_odd_cells(), st.sampled_from(["utf-16", "utf-8-sig"])
    ),
    st.binary(max_size=100),
)


# --- Image files


@cache
def picture(kind: str, mode: str) -> bytes:
    file = BytesIO()
    Image.fromarray(np.array(IMAGE, np.uint8)).resize((60, 50)).convert(mode).save(file, kind)
    return file.getvalue()


@st.composite
def image_files(draw: st.DrawFn) -> bytes:
    """A picture, some of its bytes changed, cut or doubled. A change in the head makes it a bomb or no picture."""
    kind, mode = draw(st.sampled_from([("PNG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK")]))
    content = bytearray(picture(kind, mode))
    for _ in range(draw(st.integers(0, 5))):
        content[draw(st.integers(0, 60) | st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    start = draw(st.integers(0, len(content)))
    return draw(st.sampled_from([bytes(content), bytes(content[:start]), bytes(content + content[start:])]))


def form(files: list[bytes], field: str, end: str) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="a"\r\n\r\n'.encode()
    return b"".join(head + file + b"\r\n" for file in files) + end.encode()


forms = st.builds(
    form,
    st.lists(image_files(), max_size=4) | st.integers(0, 1100).map(lambda count: [b""] * count),
    st.sampled_from(["image", "image", "images", "", "ima\nge", "\xff"]),
    st.sampled_from([f"--{BOUNDARY}--\r\n", f"--{BOUNDARY}--\r\n", f"--{BOUNDARY}", "", "--y--"]),
)

# --- Requests

JSON = st.tuples(json_bodies, st.just("application/json"))
FILES = st.tuples(image_files(), st.sampled_from(["image/png", "image/jpeg"]))
FORMS = st.tuples(forms, st.just(f"multipart/form-data; boundary={BOUNDARY}"))
ODD_TYPES = st.tuples(
    json_bodies | image_files() | forms,
    st.sampled_from(["", "/", "text/plain", "application/json; charset=utf-7", "multipart/form-data", "image/*"]),
)
bodies = st.one_of(JSON, FILES, FORMS, ODD_TYPES)
methods = st.sampled_from(
    ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "post", "X-!"]
)
parts = st.sampled_from([
    "models", "clothes", "digits", "v1", "v2", "v01", "v-1", "v1.0", "v" + "9" * 400, "v%D9%A1", "..", ".", "", "%00",
    "%ff", "%2e%2e", "%2f", "%", "page", "page.js", "boot.png", "metrics", "docs", "healthz", "static", "a" * 5000,
])  # fmt: skip
queries = st.sampled_from(["", "?pixels", "?pixels=1", "?%ff=%00", "?" + "a=b&" * 2000, "?pixels[]=;"])
paths = st.builds(lambda parts, query: "/" + "/".join(parts) + query, st.lists(parts, max_size=5), queries)

header_values = st.one_of(
    st.binary(max_size=30).map(lambda value: bytes(set(value) - {0, *range(1, 32), 127})),
    st.sampled_from(
        [b"", b"a" * 5_000, b"\xff\xfe", b"gzip", b"bytes=5-1", b"Bearer x", b"100-continue", b"[", b"<script>"]
    ),
)
header_names = st.sampled_from([
    b"X-Request-Id", b"Authorization", b"Accept", b"Accept-Encoding", b"Content-Encoding", b"Range", b"If-None-Match",
    b"If-Modified-Since", b"Cookie", b"X-Forwarded-For", b"Origin", b"User-Agent", b"Content-Type",
])  # fmt: skip


def request_bytes(line: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    written = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return line + b"\r\nHost: x\r\nConnection: close\r\n" + written + b"\r\n" + body


def chunked(body: bytes, sizes: list[int]) -> bytes:
    out = b""
    for size in sizes:
        part, body = body[:size], body[size:]
        out += b"%x\r\n%s\r\n" % (len(part), part) if part else b""
    return out + (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"


@st.composite
def odd_headers(draw: st.DrawFn) -> bytes:
    """HTTP as it should be, with headers that are double, long, empty or not ASCII, and a body whole or in chunks."""
    body = draw(json_bodies)
    headers = draw(st.lists(st.tuples(header_names, header_values), max_size=8))
    line = draw(st.sampled_from([b"POST", b"POST", b"GET"])) + b" " + CLOTHES.encode() + b" HTTP/1.1"
    if draw(st.booleans()):
        headers.append((b"Content-Length", b"%d" % len(body)))
        return request_bytes(line, headers, body)
    headers.append((b"Transfer-Encoding", b"chunked"))
    return request_bytes(line, headers, chunked(body, draw(st.lists(st.integers(1, 200), max_size=5))))


@st.composite
def broken_http(draw: st.DrawFn) -> bytes:
    """Lengths that are wrong, chunks that are none, lines that are no request, or just bytes."""
    body = draw(st.binary(max_size=50))
    length = draw(st.sampled_from([b"0", b"1", b"51", b"9999999999", b"-1", b"x", b"", b"1, 2", b"9" * 40]))
    lengths = [(b"Content-Length", length)] * draw(st.integers(1, 2))
    chunks = [(b"Transfer-Encoding", draw(st.sampled_from([b"chunked", b"chunked, chunked", b"gzip", b"x"])))]
    line = draw(st.sampled_from([
        b"POST %s HTTP/1.1" % CLOTHES.encode(), b"POST %s HTTP/1.0" % CLOTHES.encode(), b"POST", b"GET / HTTP/9.9",
        b"GET /\xff HTTP/1.1", b"GET  / HTTP/1.1", b"GET / /", b"GET http:///// HTTP/1.1", b"CONNECT x:1 HTTP/1.1",
        b"OPTIONS * HTTP/1.1", b"G\x00T / HTTP/1.1", b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
    ]))  # fmt: skip
    headers = draw(st.sampled_from([lengths, chunks, lengths + chunks, [(b"X", b"a" * 10**6)], [(b"X y", b"\x00")]]))
    return draw(st.sampled_from([request_bytes(line, [*headers, (b"Content-Type", b"application/json")], body), body]))
