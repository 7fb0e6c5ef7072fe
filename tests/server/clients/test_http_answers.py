"""Whatever a server answers over HTTP: each client raises one of its three errors, or nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clients import client as client_module
from server.clients.client import Client, ServerError
from tests.server.clients.answering import IMAGE, PICTURE, RIGHT, THOROUGH, ask_for_everything, http

STRANGE = st.sampled_from(
    [None, True, 0, -1, 1e999, float("nan"), 10**400, 10**12, "", "12", "\ud800", "\u00fc", [], {}, [[]], [10**400]]
) | st.lists(st.floats() | st.none(), max_size=3)
HEADERS = [
    *(b"Location: " + to for to in (b"/", b"http://[", b"ftp://x/", b"//\xff", b"http://127.0.0.1:99999/", b"")),
    *(b"Retry-After: " + when for when in (b"soon", b"0", b"9" * 5000, b"Thu, 99 Nov 99999 99:99:99 GMT")),
    *(b"Content-Length: " + size for size in (b"0", b"5", b"99999", b"-1", b"x", b"9" * 5000)),
    *(b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"Content-Encoding: deflate, br", b"no header"),
    *(b"Content-Type: application/json; charset=none", b"Set-Cookie: =; expires=x", b"X: " + b"x" * 70_000),
]


@st.composite
def changed(draw: st.DrawFn, value: object) -> object:
    """``value``, a tree as JSON has them, with something strange in one of its places, or with that place gone."""
    places = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not places or draw(st.integers(0, 4)) == 0:
        return draw(STRANGE)
    place, new = draw(st.sampled_from(places)), value.copy()
    if draw(st.integers(0, 4)) == 0:
        del new[place]
    else:
        new[place] = draw(changed(value[place]))
    return new


def answers_for(right: object) -> st.SearchStrategy[bytes]:
    """Answers of another shape, of another status, cut off, with headers that do not fit, and no HTTP at all."""
    bodies = st.sampled_from(
        [json.dumps(right).encode(), b"{}", b"<html>", b"", b"[" * 100_000, b"\xff", b"5\r\n{}\r\n"]
    )
    framed = st.builds(http, bodies, st.integers(100, 599), st.lists(st.sampled_from(HEADERS), max_size=3))
    cut = st.builds(lambda whole, end: whole[:end], framed, st.integers(0, 80))
    other = st.builds(lambda value: http(json.dumps(value).encode()), changed(right))
    return other | framed | cut | st.builds(http, bodies, st.integers(100, 599)) | st.binary(max_size=60)


@pytest.fixture
def once_again(monkeypatch) -> None:
    """Retries, but one, and at once."""
    at_once = client_module.RETRIES.new(total=1, backoff_factor=0, backoff_jitter=0)
    monkeypatch.setattr(client_module, "RETRIES", at_once)


@pytest.mark.parametrize("kind", RIGHT)
@THOROUGH
@given(data=st.data())
def test_whatever_an_http_server_answers(http_server, once_again, kind, data):
    info, answer = RIGHT[kind]
    right = st.just(http(json.dumps(info).encode()))
    http_server.answers = {
        "GET": data.draw(right | answers_for(info)),
        "POST": data.draw(answers_for(answer)),
    }
    ask_for_everything(kind(http_server.url, version=1, timeout=5))


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_answers_are_taken(http_server, kind):
    info, answer = (http(json.dumps(value).encode()) for value in RIGHT[kind])
    http_server.answers = {"GET": info, "POST": answer}
    with kind(http_server.url) as client:
        assert [one.label for one in client.classify_files(PICTURE.getvalue())] == ["Bag"]


@pytest.mark.parametrize("kind", RIGHT)
def test_too_few_predictions_are_not_taken_for_those_of_other_images(http_server, kind):
    info, answer = (http(json.dumps(value).encode()) for value in RIGHT[kind])
    http_server.answers = {"GET": info, "POST": answer}
    with kind(http_server.url) as client, pytest.raises(ServerError, match="1 predictions for 3 images"):
        client.classify(np.stack([IMAGE] * 3))


def test_a_status_that_is_no_success_is_no_answer_and_redirects_end(http_server):
    http_server.answers = {"GET": http(b'{"name": "clothes"}', 304)}
    with pytest.raises(ServerError, match="304"):
        Client(http_server.url).info()
    http_server.answers = {"GET": http(b"", 302, [b"Location: /"])}
    with pytest.raises(ServerError, match="without end"):
        Client(http_server.url).info()


def test_a_server_that_asks_for_hours_is_not_waited_for_as_long(http_server, monkeypatch):
    waits = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waits.append)
    http_server.answers = {"GET": http(b"{}", 503, [b"Retry-After: 99999"])}
    with pytest.raises(ServerError, match="503"):
        Client(http_server.url).info()
    assert waits and max(waits) <= 10
