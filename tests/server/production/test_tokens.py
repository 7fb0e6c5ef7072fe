"""With tokens on, nothing classifies without one, however the request is spelled: the whole stack is asked."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import urllib.parse
from collections import Counter

import pytest
import requests
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from server.model_card import PINNED_MODELS
from tests.server.production.running import Production, wait_until

REQUESTS = int(os.environ.get("WORKBOOK_FUZZ_REQUESTS", "1000"))
TOKEN = "a-token-of-the-tests-1"
PATH = "/models/clothes/v1"
PIXELS = [[0, 9] * 14] * 28
JSON = json.dumps({"image": PIXELS}).encode()
MEGABYTE = 1 << 20
LABELS = b'"labels":'  # what nobody gets without a token

methods = st.sampled_from(["POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
spelled = st.tuples(
    methods, st.sampled_from([str, str.lower, str.title, str.swapcase, lambda it: it[0].lower() + it[1:]])
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """The path of a model, in one of the many ways in which it can be written."""
    path = draw(st.sampled_from([PATH, PATH, "/models/digits/v1", "/models/clothes/v01", "/models/clothes/v+1"]))
    for place in draw(st.lists(st.integers(1, len(path) - 1), max_size=2)):
        path = path[:place] + f"%{ord(path[place]):02X}" + path[place + 1 :] if path[place] != "%" else path
    before = draw(
        st.sampled_from(["", "", "/", "/.", "/x/..", "http://localhost", "http://u:p@localhost", "/metrics/.."])
    )
    after = draw(
        st.sampled_from(["", "", "?pixels", "?", "/", "//", ";v=1", "#", "?_method=POST", "/../v1", "%00", "%0a"])
    )
    return before + path + after


near_misses = st.sampled_from(
    [
        *("Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, f"Token {TOKEN}"),
        *(
            f"Bearer,{TOKEN}",
            f"Bearer {TOKEN.upper()}",
            f"Bearer x, Bearer {TOKEN}",
            "Bearer \xff",
            f'Bearer "{TOKEN}"',
        ),
    ]
)
named = st.sampled_from(
    ["Authorization", "authorization", "Proxy-Authorization", "X-Authorization", "X-Forwarded-User"]
)
headers = st.one_of(
    st.tuples(named, near_misses),
    st.tuples(st.sampled_from(["Authorization_", "HTTP_AUTHORIZATION", "Authorization"]), near_misses),
    st.tuples(st.sampled_from(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]), methods),
    st.tuples(
        st.sampled_from(["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-For"]), st.sampled_from([PATH, "127.0.0.1"])
    ),
    st.sampled_from(
        [("Cookie", f"token={TOKEN}"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Expect", "100-continue")]
    ),
    st.sampled_from([("Host", "other"), ("Origin", "http://localhost"), ("Access-Control-Request-Method", "POST")]),
)
types = st.sampled_from(
    ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/vnd.x+json", ""]
)


@st.composite
def requests_without_a_token(draw: st.DrawFn) -> bytes:
    method, spell = draw(spelled)
    version = draw(st.sampled_from(["1.1", "1.1", "1.0"]))
    lines = [f"{spell(method)} {draw(paths())} HTTP/{version}", "Host: localhost", "Connection: close"]
    lines += [f"Content-Type: {draw(types)}", *(": ".join(pair) for pair in draw(st.lists(headers, max_size=3)))]
    if draw(st.booleans()):
        return "\r\n".join([*lines, f"Content-Length: {len(JSON)}", "", ""]).encode("latin-1") + JSON
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(JSON), JSON)
    return "\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode("latin-1") + chunks


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "tokens").write_text(TOKEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVER_TOKENS_FILE", str(folder / "tokens"))
        production = Production(PINNED_MODELS, folder / "log.txt")
    yield production
    production.stop()


def answer_to(production: Production, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", production.port), timeout=30) as connection:
        connection.sendall(request)
        parts = []
        while part := _received(connection):
            parts.append(part)
            if b"100 Continue\r\n" not in part and _is_whole(b"".join(parts)):
                break
    return b"".join(parts)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionError:  # it need not read on what it has refused
        return b""


def _is_whole(answer: bytes) -> bool:
    """Whether the body is there, so that nobody waits for a connection to be closed."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[-1])


def with_token(request: bytes) -> bytes:
    return request.replace(b"\r\n", f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode(), 1)


def test_no_spelling_of_a_request_gets_in_without_a_token(guarded):
    statuses: Counter[bytes] = Counter()
    plain = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    request = plain % (PATH.encode(), len(JSON), JSON)
    assert LABELS in answer_to(guarded, with_token(request)), "with it, the same does"

    @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests_without_a_token())
    def ask(request: bytes) -> None:
        note(repr(request[:300]))
        answer = answer_to(guarded, request)
        statuses[answer[9:12]] += 1
        assert LABELS not in answer

    ask()
    counts = ", ".join(f"{count} of {status.decode() or 'no answer'}" for status, count in sorted(statuses.items()))
    print(f"\n{statuses.total()} requests without a token: {counts}; 0 let in")
    assert statuses[b"401"] > REQUESTS / 50, "hardly any came as far as the tokens"


def test_a_changed_file_of_tokens_counts_without_a_restart_and_lets_in_only_who_is_in_it(guarded):
    file = guarded.log.with_name("tokens")
    plain = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    request = plain % (urllib.parse.quote(PATH).encode(), len(JSON), JSON)
    old, new = with_token(request), with_token(request).replace(TOKEN.encode(), b"another-token-of-the-tests")
    assert LABELS in answer_to(guarded, old)
    file.write_text("another-token-of-the-tests")
    wait_until(lambda: all(LABELS in answer_to(guarded, new) for _ in range(20)))
    assert b"HTTP/1.1 401" in answer_to(guarded, old)
    for content in ("", "short", "\xff"):
        file.write_text(content, "latin-1")
        wait_until(lambda: all(b"HTTP/1.1 401" in answer_to(guarded, it) for it in [new, old] * 20))
        file.write_text(f"short\n{TOKEN}")
        wait_until(lambda: all(LABELS in answer_to(guarded, old) for _ in range(20)))
    file.unlink()
    wait_until(lambda: all(b"HTTP/1.1 401" in answer_to(guarded, old) for _ in range(20)))
    for told in ("has no token", "line 1 of", "is not UTF-8 text", "cannot read"):
        assert told in guarded.log.read_text()
    assert TOKEN not in guarded.log.read_text()


def test_a_worker_that_starts_while_the_file_is_unusable_lets_nobody_in_and_lives(guarded):
    file, first = guarded.log.with_name("tokens"), guarded.workers()
    file.write_text("short")
    first[0].kill()
    wait_until(lambda: first[0] not in guarded.workers() and len(guarded.workers()) == len(first))
    plain = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    request = with_token(plain % (PATH.encode(), len(JSON), JSON))
    wait_until(lambda: all(b"HTTP/1.1 401" in answer_to(guarded, request) for _ in range(20)))
    file.write_text(TOKEN)
    wait_until(lambda: all(LABELS in answer_to(guarded, request) for _ in range(20)))
    assert guarded.process.poll() is None


def test_senders_without_a_token_take_nothing_from_those_who_have_one(guarded):
    """Sixteen bodies of 8 MB that stop short of their end are twice what both workers may hold."""
    guarded.log.with_name("tokens").write_text(TOKEN)
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    large = with_token(head % (PATH.encode(), b"image/png", MEGABYTE)) + bytes(MEGABYTE)
    wait_until(lambda: b"HTTP/1.1 400" in answer_to(guarded, large), 60)  # it is read: zeros are no picture
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            stranger = stack.enter_context(socket.create_connection(("127.0.0.1", guarded.port), timeout=30))
            stranger.sendall(head % (PATH.encode(), b"image/png", 8 * MEGABYTE + 1) + bytes(8 * MEGABYTE))
        answers = [answer_to(guarded, large)[9:12] for _ in range(10)]
    assert set(answers) == {b"400"}


def test_who_has_sent_a_whole_picture_without_a_token_still_reads_why_it_was_for_nothing(guarded):
    for size in (MEGABYTE, 15 * MEGABYTE):
        answer = requests.post(guarded.url + PATH, bytes(size), headers={"Content-Type": "image/png"}, timeout=30)
        assert (answer.status_code, "Authorization: Bearer" in answer.json()["error"]) == (401, True)
