"""With tokens on, nothing classifies without one, however the request is spelled: the whole stack is asked."""

from __future__ import annotations

import json
import os
import socket
import urllib.parse
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from server.model_card import PINNED_MODELS
from tests.server.production.running import Production, wait_until

REQUESTS = int(os.environ.get("WORKBOOK_FUZZ_REQUESTS", "2000"))
TOKEN = "a-token-of-the-tests-1"
PATH = "/models/clothes/v1"
PIXELS = [[0, 9] * 14] * 28
JSON = json.dumps({"image": PIXELS}).encode()
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


def test_a_changed_file_of_tokens_counts_without_a_restart_and_a_broken_one_does_not(guarded):
    file = guarded.log.with_name("tokens")
    plain = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    request = plain % (urllib.parse.quote(PATH).encode(), len(JSON), JSON)
    old, new = with_token(request), with_token(request).replace(TOKEN.encode(), b"another-token-of-the-tests")
    assert LABELS in answer_to(guarded, old)
    file.write_text("another-token-of-the-tests")
    wait_until(lambda: all(LABELS in answer_to(guarded, new) for _ in range(20)))
    assert b"HTTP/1.1 401" in answer_to(guarded, old)
    file.write_text("short")
    wait_until(lambda: "the tokens stay as they were" in (answer_to(guarded, new), guarded.log.read_text())[1])
    assert LABELS in answer_to(guarded, new)
    file.write_text(TOKEN)
    wait_until(lambda: all(LABELS in answer_to(guarded, old) for _ in range(20)))
