"""Servers that answer what no server should: each check still says what it saw, and ends."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from werkzeug.wrappers import Response

from tests.conftest import ROOT, over_http
from workbook.contracts import commands, subject
from workbook.contracts.catalog import CONTRACTS
from workbook.contracts.checks import State, examine
from workbook.contracts.subject import NotKept, Subject
from workbook.errors import UserError

TENSOR = {"name": "x", "datatype": "UINT8", "shape": [-1, 2]}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
ODD = {
    "text for tensors": {"inputs": "x", "outputs": 5},
    "numbers for tensors": {"inputs": [1], "outputs": [None]},
    "an object for tensors": {"inputs": {"a": 1}, "outputs": {"a": 1}},
    "more than there is memory": {"inputs": [{**TENSOR, "shape": [-1, 10**5, 10**5]}], "outputs": [TENSOR]},
    "a size of none": {"inputs": [{**TENSOR, "shape": [-1, 0]}], "outputs": [TENSOR]},
    "a datatype that is a list": {"inputs": [{**TENSOR, "datatype": ["x"]}], "outputs": [TENSOR]},
    "a name that is a list": {"inputs": [TENSOR], "outputs": [{**TENSOR, "name": ["x"], "data": []}]},
    "a shape of fractions": {"inputs": [TENSOR], "outputs": [{**TENSOR, "shape": [1.5, None], "data": [1]}]},
    "no data": {"inputs": [TENSOR], "outputs": [{**TENSOR, "shape": [1], "data": None}]},
    "a number alone": {"inputs": [{**TENSOR, "shape": []}], "outputs": [{**TENSOR, "shape": [], "data": [1]}]},
}


def answering(body: str, status: int = 200, **headers: str) -> Callable:
    return Response(body, status, headers, mimetype="application/json")


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one's own making: ``answer`` has each connection, after what came first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        answer(connection)
                except OSError:  # who asked has gone, or the test is over
                    if listener.fileno() < 0:
                        return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def drip(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"{")
    while True:
        connection.sendall(b" ")
        time.sleep(0.02)


@pytest.mark.parametrize("told", ODD.values(), ids=ODD.keys())
def test_metadata_and_outputs_of_any_form_are_no_reason_to_break_off(told):
    with over_http(answering(json.dumps({"name": "clothes", "platform": "x", "model_name": "clothes", **told}))) as url:
        found = examine(CONTRACTS["v2"], Subject(url))
    assert [one.seen for one in found if one.check.name == "infer-flat" and one.state is State.NOT_KEPT] or told == ODD[
        "a number alone"
    ]


@pytest.mark.parametrize("name", CONTRACTS)
def test_lists_in_lists_without_end_are_not_json(name):
    routes = {"liveness_route": "/", "readiness_route": "/", "scoring_route": "/"}
    routes |= {"AIP_HEALTH_ROUTE": "/", "AIP_PREDICT_ROUTE": "/"}
    with over_http(answering("[" * 100_000)) as url:
        assert State.NOT_KEPT in {one.state for one in examine(CONTRACTS[name], Subject(url, routes=routes))}


def test_a_redirect_is_an_answer_and_is_not_followed():
    with (
        over_http(answering('{"live": true}')) as good,
        over_http(answering("", 302, Location=f"{good}/v2/health/live")) as url,
    ):
        (live, *_) = examine(CONTRACTS["v2"], Subject(url))
    assert live.seen == f"status 302: it sends the client to {good}/v2/health/live"


def test_an_answer_that_never_ends_does_not_hold_up_the_checks():
    with raw(drip) as url, pytest.raises(NotKept, match=r"no answer to GET / within 0\.3 s"):
        Subject(url).ask("GET", "/", seconds=0.3)


def test_nor_does_one_that_fills_the_memory(monkeypatch):
    monkeypatch.setattr(subject, "MOST_BYTES", 1000)
    with (
        over_http(answering(" " * 2000)) as url,
        pytest.raises(NotKept, match="status 200, and an answer of more than 1,000"),
    ):
        Subject(url).ask("GET", "/")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda connection: time.sleep(1), "takes a connection and does not answer within 0.2 s"),
        (lambda connection: None, "does not answer as an HTTP server"),
        (lambda connection: connection.sendall(b"\0\xff\r\n\r\n"), r"an HTTP server \(\\x00"),
    ],
    ids=["hangs", "hangs up", "speaks something else"],
)
def test_what_is_no_http_server_is_said_in_one_line(monkeypatch, answer, says):
    monkeypatch.setattr(commands, "ANSWER_SECONDS", 0.2)
    with raw(answer) as url, pytest.raises(UserError, match=says):
        commands.contract(commands.Name.V2, url=url)


def test_http_behind_https_is_said_in_one_line():
    with over_http(answering("{}")) as url, pytest.raises(UserError, match="no certificate that this machine trusts"):
        commands.contract(commands.Name.V2, url=url.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://[::1", "is not an address"),
        ("http://127.0.0.1:99999", "is not an address"),
        ("http://.a:80", "is not an address"),
        ("http://127.0.0.1:1?a=b", "has something behind it that no route can be added to"),
        ("http://127.0.0.1:1#a", "has something behind it that no route can be added to"),
    ],
)
def test_an_address_that_is_none_is_said_to_be_none(url, says):
    with pytest.raises(UserError, match=says):
        commands.contract(commands.Name.V2, url=url)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("v2", {}, 'expected in "inputs" a list of tensors'),
        ("v2", {"inputs": [{"data": 3}]}, 'one has no "name"'),
        ("v2", {"inputs": [TENSOR | {"shape": [1, 2]}]}, 'x has no "data"'),
        ("google", {"instances": 5}, 'expected in "instances" a list'),
    ],
)
def test_a_request_of_which_no_check_can_be_made_is_refused(tmp_path, name, body, says):
    (tmp_path / "body.json").write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(UserError, match=says):
        commands.contract(commands.Name(name), url="http://127.0.0.1:1", body=tmp_path / "body.json")


def test_a_name_of_a_model_is_one_part_of_the_path():
    asked = []

    def app(environ, start_response):
        asked.append(environ["RAW_URI"])
        return answering("{}")(environ, start_response)

    with over_http(app) as url:
        examine(CONTRACTS["v2"], Subject(url, model="a/../b?c"))
    assert "/v2/models/a%2F..%2Fb%3Fc/ready" in asked


def test_a_route_of_azure_begins_at_the_top(tmp_path):
    text = (ROOT / commands.DEPLOYMENT).read_text(encoding="utf-8").replace("path: /healthz", "path: healthz")
    (tmp_path / "azure.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="no path begins as healthz"):
        commands.contract(commands.Name.AZURE, url="http://127.0.0.1:1", routes=tmp_path / "azure.yaml")
