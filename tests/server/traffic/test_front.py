"""What goes through the front, and what it says of it: at its port, with servers behind it that remember."""

from __future__ import annotations

import gzip
import json
import socket

import pytest
import requests

from tests.server.production.running import wait_until
from tests.server.traffic.running import BODY, ONE, Front, clothes
from tests.server.traffic.upstreams import Behavior, Upstream


@pytest.fixture
def served(front: Front, one: Upstream, two: Upstream) -> Front:
    front.use(clothes(one.url, two.url, ONE, "timeout_seconds = 5"))
    return front


def test_the_policy_chooses_who_answers_and_the_answer_says_who(served, one, two):
    answer = served.post()
    assert (answer.status_code, answer.json()["labels"]) == (200, ["Coat"])
    assert (answer.headers["X-Model"], answer.headers["X-Model-Version"]) == ("clothes", "1")
    assert one.asked[0][:2] == ("POST", "/models/clothes/v1")
    assert json.loads(one.asked[0][3]) == BODY
    assert two.asked == []


def test_a_version_in_the_address_is_asked_whatever_the_policy(served, one, two):
    assert served.post("/models/clothes/v2?pixels").headers["X-Model-Version"] == "2"
    assert requests.get(f"{served.url}/models/clothes/v2", timeout=60).ok
    assert [asked[:2] for asked in two.asked] == [
        ("POST", "/models/clothes/v2?pixels"),
        ("GET", "/models/clothes/v2"),
    ]
    assert one.asked == []


def test_headers_go_along_and_come_back(served, one):
    one.behavior = Behavior(
        429, headers={"Retry-After": "7", "X-Own": "yes", "Keep-Alive": "timeout=5", "Server": "me"}
    )
    headers = {
        "Authorization": "Bearer secret",
        "X-Request-Id": "mine-1",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
    }
    answer = requests.post(f"{served.url}/models/clothes", data=b"\xff\xd8", headers=headers, timeout=60)
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["X-Own"]) == (429, "7", "yes")
    assert answer.headers["X-Request-Id"] == "mine-1"
    assert "Keep-Alive" not in answer.headers and answer.headers["Server"] == "granian"
    got = one.asked[0][2]
    assert (got["Authorization"], got["X-Request-Id"], got["Content-Length"]) == ("Bearer secret", "mine-1", "2")
    assert got["Host"] == one.url.removeprefix("http://")
    assert "X-Hop" not in got
    assert one.asked[0][3] == b"\xff\xd8"


def test_what_only_the_front_can_say_does_not_come_from_a_server(served, one):
    one.behavior = Behavior(headers={"X-Gate": "accepted", "X-Fallback-From": "9", "X-Model-Version": "9"})
    answer = served.post()
    assert answer.headers["X-Model-Version"] == "1"
    assert "X-Gate" not in answer.headers and "X-Fallback-From" not in answer.headers


def test_each_request_has_an_id_that_both_logs_have(served, one):
    answer = served.post()
    request_id = answer.headers["X-Request-Id"]
    assert one.asked[0][2]["X-Request-Id"] == request_id
    (line,) = [line for line in served.lines() if line.get("request") == request_id]
    assert (line["path"], line["status"], line["model"], line["model_version"]) == (
        "/models/clothes",
        200,
        "clothes",
        "1",
    )


def test_a_packed_answer_stays_packed(served, one):
    one.behavior = Behavior(body=gzip.compress(b'{"labels": []}'), headers={"Content-Encoding": "gzip"})
    assert served.post().json() == {"labels": []}


def test_an_answer_without_a_body_stays_without(served, one):
    one.behavior = Behavior(204, body=b"")
    answers = [served.post() for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert "Content-Length" not in answers[0].headers


def test_a_head_has_no_body_and_the_next_answer_is_not_taken_for_it(served, one):
    with requests.Session() as session:
        head = session.head(f"{served.url}/models/clothes/v1", timeout=60)
        assert (head.status_code, head.content) == (200, b"")
        assert session.get(f"{served.url}/models/clothes/v1", timeout=60).json()["labels"] == ["Coat"]
    assert [asked[0] for asked in one.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/models/hats", 404, "no model 'hats' in the policy; there is clothes"),
        ("POST", "/models/hats/v1", 404, "no model 'hats' in the policy; there is clothes"),
        ("POST", "/models/clothes/v3", 404, "no version v3 of clothes in the policy; there is v1, v2"),
        ("GET", "/hats", 404, "there is nothing at '/hats'; there is /healthz"),
        ("PUT", "/models/clothes", 405, "PUT is not for this address; expected one of GET, HEAD, OPTIONS, POST"),
        ("POST", "/traffic", 405, "POST is not for this address; expected one of GET, HEAD, OPTIONS"),
        ("BREW", "/models/clothes/v1", 405, "there is no method 'BREW' here; expected one of GET, HEAD, OPTIONS, POST"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(served, method, path, status, told):
    answer = requests.request(method, served.url + path, timeout=60)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(told)
    assert "X-Request-Id" in answer.headers
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_body_that_is_too_large_is_refused_here(served, one):
    with socket.create_connection(("127.0.0.1", served.port)) as sender:
        sender.sendall(b"POST /models/clothes HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999\r\n\r\n")
        assert sender.recv(1000).startswith(b"HTTP/1.1 413")
    assert one.asked == []


def test_the_models_are_listed_as_the_servers_list_them(served):
    summary = {"name": "clothes", "versions": [1, 2], "default": 1}
    assert requests.get(f"{served.url}/models/clothes", timeout=60).json() == summary
    assert requests.get(f"{served.url}/models", timeout=60).json() == {"models": [summary]}
    assert requests.get(f"{served.url}/readyz", timeout=60).json() == {"status": "ok", "models": ["clothes"]}


def test_what_goes_on_is_seen_in_traffic_and_in_metrics(served, two):
    two.behavior = Behavior(500)
    served.post("/models/clothes/v2")
    versions = served.model()["versions"]
    assert versions["2"] == {"share": 0.0, "asked": 1, "failed": 1}
    assert versions["1"]["share"] == 1.0
    metrics = served.metrics()
    assert 'traffic_answers_total{model="clothes",status="500",version="2"}' in metrics
    assert 'traffic_share{model="clothes",version="1"} 1.0' in metrics
    assert 'traffic_rolled_back{model="clothes"} 0.0' in metrics


def test_a_front_that_is_told_to_stop_answers_first(one, tmp_path):
    one.behavior = Behavior(seconds=0.5)
    front = Front(tmp_path, clothes(one.url, one.url, ONE))
    with front, socket.create_connection(("127.0.0.1", front.port)) as sender:
        sender.sendall(b"GET /models/clothes/v1 HTTP/1.1\r\nHost: here\r\n\r\n")
        wait_until(lambda: one.asked)
        assert front.stop() == 0
        assert sender.recv(1000).startswith(b"HTTP/1.1 200")
    assert "Front for clothes at http://127.0.0.1" in front.log.read_text()
