"""A shadow gets copies, is compared and counted, and costs users nothing, whatever it does."""

from __future__ import annotations

import time

import pytest

from server.traffic.exchange.messages import Reply
from server.traffic.shadow import AT_ONCE, MOST_WAITING, compare
from tests.server.production.running import wait_until
from tests.server.traffic.running import Front, clothes
from tests.server.traffic.upstreams import Behavior, Upstream
from workbook.servers.process import free_port

TIMEOUT = 3  # seconds
ROUTE = 'route = { kind = "shadow", version = 1, shadow = 2 }'


@pytest.fixture
def served(front: Front, one: Upstream, two: Upstream) -> Front:
    front.use(clothes(one.url, two.url, ROUTE))
    return front


def copies(front: Front) -> dict:
    return {name: count for name, count in front.model()["shadow"].items() if count and name != "version"}


def test_the_user_gets_the_first_answer_and_the_log_says_how_the_second_compares(served, one, two):
    one.behavior, two.behavior = Behavior(labels=("Coat", "Shirt")), Behavior(labels=("Coat", "Pullover"))
    answer = served.post()
    assert (answer.json()["labels"], answer.headers["X-Model-Version"]) == (["Coat", "Shirt"], "1")
    wait_until(lambda: copies(served) == {"differ": 1})
    (line,) = [
        line for line in served.lines() if "shadow" in line and line["request"] == answer.headers["X-Request-Id"]
    ]
    assert line["ms"] > 0
    told = {"shadow": "differ", "images": 2, "differ": 1, "differing": [[1, "Shirt", "Pullover"]]}
    assert {name: line[name] for name in told} == told
    assert (line["model"], line["version"]) == ("clothes", 2)
    assert two.asked[0][3] == one.asked[0][3]
    two.behavior = one.behavior
    served.post()
    wait_until(lambda: copies(served) == {"differ": 1, "agree": 1})
    assert 'traffic_shadow_copies_total{model="clothes",result="differ",version="2"}' in served.metrics()


@pytest.mark.parametrize("behavior", [Behavior(400), Behavior(body=b"no JSON"), Behavior(labels=("Coat", "Coat"))])
def test_a_shadow_without_a_proper_answer_has_failed(served, two, behavior):
    two.behavior = behavior
    assert served.post().status_code == 200
    wait_until(lambda: copies(served) == {"failed": 1})


def test_what_the_user_was_refused_is_not_copied(served, one, two):
    one.behavior = Behavior(400)
    assert served.post().status_code == 400
    assert (two.asked, copies(served)) == ([], {})


def test_after_a_failure_a_shadow_is_left_alone_for_a_second(front, one):
    front.use(clothes(one.url, f"http://127.0.0.1:{free_port()}", ROUTE))
    front.post()
    wait_until(lambda: copies(front) == {"failed": 1})
    assert [front.post().status_code for _ in range(20)] == [200] * 20
    found = copies(front)
    assert found["failed"] <= 2
    assert found["failed"] + found["dropped"] == 21


def test_of_a_silent_shadow_only_so_many_copies_wait_and_no_user_does(front, one, two):
    front.use(clothes(one.url, two.url, ROUTE, f"timeout_seconds = {TIMEOUT}"))
    two.behavior = Behavior(silent=True)
    began = time.monotonic()
    number = AT_ONCE + MOST_WAITING + 10
    for _ in range(number):
        answer = front.post()
        assert answer.ok
        assert answer.elapsed.total_seconds() < TIMEOUT
    if time.monotonic() - began < TIMEOUT:  # if not, the machine is so busy that copies have timed out meanwhile
        assert copies(front) == {"dropped": 10}
        assert len(two.asked) == AT_ONCE
    wait_until(lambda: sum(copies(front).values()) == number)
    assert copies(front)["failed"] <= AT_ONCE


def answer(body: bytes, status: int = 200) -> Reply:
    return Reply(status, (), body)


def test_labels_are_compared_image_by_image():
    same, other = answer(b'{"labels": ["a", "b"]}'), answer(b'{"labels": ["a", "c"]}')
    assert compare(same, same) == {"shadow": "agree", "images": 2}
    assert compare(same, other) == {"shadow": "differ", "images": 2, "differ": 1, "differing": [[1, "b", "c"]]}
    for broken in (b"", b"[]", b"3", b'{"labels": 3}', b'{"labels": [3, 4]}', b'{"labels": ["a"]}'):
        assert compare(same, answer(broken)) == {"shadow": "failed", "status": 200}
    assert compare(same, answer(b'{"labels": ["a", "b"]}', 500)) == {"shadow": "failed", "status": 500}
