"""A canary behind the front: it grows, it goes back by itself, and no user sees its failures."""

from __future__ import annotations

import pytest
import requests

from tests.server.traffic.running import Front, clothes
from tests.server.traffic.upstreams import Behavior, Upstream
from workbook.servers.process import free_port

ROUTE = """[models.clothes.route]
kind = "canary"
stable = 1
canary = 2
steps = [0.2, 0.5, 1.0]
hold_requests = 10
error_budget = 0.1
at_least = 10
"""
ALL_AT_ONCE = ROUTE.replace("[0.2, 0.5, 1.0]", "[1.0]")


def asked(front: Front, number: int) -> list[requests.Response]:
    with requests.Session() as session:
        return [session.post(f"{front.url}/models/clothes", data=b"{}", timeout=60) for _ in range(number)]


def ask_until(front: Front, state: str) -> list[requests.Response]:
    answers = []
    while front.model()["canary"]["state"] != state:
        answers += asked(front, 20)
        assert len(answers) < 5000
    return answers


def failed(answers: list[requests.Response]) -> list[int]:
    return [answer.status_code for answer in answers if not answer.ok]


def test_a_good_canary_grows_until_everybody_has_it(front, one, two):
    front.use(clothes(one.url, two.url, ROUTE + 'key = "X-User-Id"\nsalt = "grow"'))
    assert front.model()["versions"]["2"]["share"] == 0.2
    assert failed(ask_until(front, "arrived")) == []
    assert {answer.headers["X-Model-Version"] for answer in asked(front, 10)} == {"2"}
    steps = [line["message"] for line in front.lines() if line.get("message", "").startswith("canary clothes v2")]
    assert [step.rpartition(" ")[2] for step in steps] == ["0.5", "1"]
    assert steps[0].startswith(
        "canary clothes v2: at the share 0.2, 0 of 10 answers had failed: within the budget of 0.1"
    )


def test_a_user_who_has_had_the_canary_keeps_it_as_it_grows(front, one, two):
    front.use(clothes(one.url, two.url, ROUTE + 'key = "X-User-Id"\nsalt = "keep"'))
    users = [f"user-{number}" for number in range(40)]
    had: set[str] = set()
    while front.model()["canary"]["state"] != "arrived":
        now = {user for user in users if front.post(user=user).headers["X-Model-Version"] == "2"}
        assert had <= now
        had = now
    assert {front.post(user=user).headers["X-Model-Version"] for user in users} == {"2"}


@pytest.mark.parametrize(
    "behavior", [Behavior(500), Behavior(raw=b""), Behavior(404), Behavior(raw=b"nonsense\r\n\r\n")]
)
def test_a_bad_canary_goes_back_by_itself_and_no_user_sees_it_fail(front, one, two, behavior):
    front.use(clothes(one.url, two.url, ROUTE, f"timeout_seconds = {5 + behavior.status / 1000}"))
    two.behavior = behavior
    answers = ask_until(front, "rolled back")
    assert failed(answers) == []
    retried = [answer for answer in answers if "X-Fallback-From" in answer.headers]
    assert {answer.headers["X-Model-Version"] for answer in retried} == {"1"}
    assert {answer.headers["X-Fallback-From"] for answer in retried} == {"2"}
    before = len(two.asked)
    assert before == len(retried) == 10
    asked(front, 30)
    assert len(two.asked) == before
    shown = front.model()
    assert shown["canary"]["why"] == "at the share 0.2, 10 of 10 answers had failed: more than the budget of 0.1"
    assert (shown["versions"]["1"]["share"], shown["versions"]["2"]["share"]) == (1.0, 0.0)
    assert 'traffic_rolled_back{model="clothes"} 1.0' in front.metrics()


def test_one_that_is_dead_or_silent_goes_back_too(front, one, two):
    front.use(clothes(one.url, f"http://127.0.0.1:{free_port()}", ALL_AT_ONCE))
    assert failed(ask_until(front, "rolled back")) == []
    two.behavior = Behavior(silent=True)
    front.use(clothes(one.url, two.url, ALL_AT_ONCE, "timeout_seconds = 0.3"))
    assert failed(ask_until(front, "rolled back")) == []


def test_one_that_is_too_slow_goes_back(front, one, two):
    two.behavior = Behavior(seconds=0.05)
    front.use(clothes(one.url, two.url, ALL_AT_ONCE + "slower_than_ms = 20"))
    answers = ask_until(front, "rolled back")
    assert {answer.headers["X-Model-Version"] for answer in answers[:10]} == {"2"}


def test_what_both_refuse_is_the_requests_fault_and_counts_for_nothing(front, one, two):
    one.behavior = two.behavior = Behavior(400)
    front.use(clothes(one.url, two.url, ALL_AT_ONCE, "timeout_seconds = 7"))
    assert failed(asked(front, 30)) == [400] * 30
    shown = front.model()["canary"]
    assert (shown["state"], shown["asked_at_this_step"]) == ("growing", 0)


def test_once_rolled_back_it_stays_so_until_its_own_part_of_the_policy_changes(front, one: Upstream, two):
    hats = f'[models.hats]\nversions = {{ 1 = "{one.url}" }}\nroute = {{ kind = "version", version = 1 }}\n'
    policy = clothes(one.url, two.url, ALL_AT_ONCE + 'key = "X-User-Id"\nsalt = "first"')
    front.use(policy)
    two.behavior = Behavior(503)
    ask_until(front, "rolled back")
    front.use(policy + hats)
    assert front.model()["canary"]["state"] == "rolled back"
    two.behavior = Behavior()
    front.use(policy.replace("first", "second") + hats)
    assert front.model()["canary"]["state"] == "growing"
    assert {answer.headers["X-Model-Version"] for answer in asked(front, 5)} == {"2"}
