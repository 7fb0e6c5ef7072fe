"""The policy's file is watched: a change counts at once and loses no request, a broken one changes nothing."""

from __future__ import annotations

import os
from itertools import cycle, islice

import pytest

from server.traffic.watch import PolicyFile
from tests.server.production.running import wait_until
from tests.server.traffic.load import CLIENTS, Load
from tests.server.traffic.running import ONE, Front, clothes
from tests.server.traffic.upstreams import Behavior

TWO = 'route = { kind = "version", version = 2 }'
SPLIT = 'route = { kind = "split", shares = { 1 = 0.5, 2 = 0.5 }, key = "X-User-Id", salt = "load" }'
SHADOW = 'route = { kind = "shadow", version = 2, shadow = 1 }'
CANARY = """[models.clothes.route]
kind = "canary"
stable = 1
canary = 2
steps = [0.2, 1.0]
hold_requests = 100
error_budget = 0.05
at_least = 20
"""
CHANGES = 12
AFTER_EACH = 100  # answers


def test_under_load_no_request_is_lost_over_a_change_of_policy(front, one, two):
    front.use(clothes(one.url, two.url, ONE))
    load = Load(front.port)
    with load.held():
        for change, route in enumerate(islice(cycle([SPLIT, TWO, SHADOW, ONE]), CHANGES)):
            front.use(clothes(one.url, two.url, route, f"timeout_seconds = {20 + change}"))
            enough = load.total() + AFTER_EACH
            wait_until(lambda enough=enough: load.total() >= enough)
    assert load.lost == []
    assert set(load.answers) == {(200, "1"), (200, "2")}
    assert load.total() >= CHANGES * AFTER_EACH


def test_under_load_a_bad_canary_goes_back_and_no_request_fails(front, one, two):
    """The canary is good at first, and breaks once it has all the traffic."""
    front.use(clothes(one.url, two.url, CANARY))
    load = Load(front.port)
    with load.held():
        wait_until(lambda: front.model()["canary"]["state"] == "arrived")
        two.behavior = Behavior(500)
        wait_until(lambda: front.model()["canary"]["state"] == "rolled back")
        enough = load.total() + AFTER_EACH
        wait_until(lambda: load.total() >= enough)
    assert load.lost == []
    assert {status for status, _ in load.answers} == {200}
    assert front.model()["versions"]["2"]["failed"] > 0


@pytest.fixture
def served(front: Front, one, two) -> Front:
    front.use(clothes(one.url, two.url, ONE))
    return front


@pytest.mark.parametrize("broken", ["[models", "", clothes("http://127.0.0.1:1", "http://127.0.0.1:2", "route = 3")])
def test_a_broken_policy_is_refused_with_a_line_and_the_old_one_stays(served, broken):
    before = served.state()["policy"]["sha256"]
    served.policy.write_text(broken)
    wait_until(lambda: served.state()["policy"]["refused"])
    state = served.state()
    assert state["policy"]["sha256"] == before
    assert state["policy"]["refused"].startswith(f"{served.policy}: ")
    assert served.post().status_code == 200
    told = [line for line in served.lines() if line.get("level") == "WARNING"][-1]["message"]
    assert told == f"the policy stays as it was, since the new one cannot be used: {state['policy']['refused']}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with a name")
def test_a_pipe_in_the_place_of_the_file_stops_nobody(served):
    served.policy.unlink()
    os.mkfifo(served.policy)
    wait_until(lambda: served.state()["policy"]["refused"] == f"{served.policy}: is not a file; expected a policy")
    assert served.post().status_code == 200
    served.policy.unlink()


def test_half_a_file_is_not_taken_even_if_it_is_a_policy(tmp_path):
    """Whoever writes it may take longer than from one look to the next."""
    path, taken = tmp_path / "traffic.toml", []
    path.write_text(clothes("http://127.0.0.1:1", "http://127.0.0.1:2", ONE))
    file = PolicyFile(path, taken.append)
    file.look()
    path.write_text("[models.hats]" + clothes("http://127.0.0.1:1", "http://127.0.0.1:2", TWO)[16:])
    file.look()
    assert len(taken) == 1
    with path.open("a") as more:
        more.write(clothes("http://127.0.0.1:1", "http://127.0.0.1:2", TWO))
    file.look()
    assert len(taken) == 1
    file.look()
    assert [set(policy.models) for policy in taken] == [{"clothes"}, {"hats", "clothes"}]


def test_a_file_that_is_gone_changes_nothing_and_one_that_comes_in_its_place_is_taken(served, one, two):
    os.rename(served.policy, served.policy.with_name("away.toml"))
    wait_until(lambda: served.state()["policy"]["refused"])
    assert served.post().headers["X-Model-Version"] == "1"
    served.policy.with_name("new.toml").write_text(clothes(one.url, two.url, TWO))
    os.replace(served.policy.with_name("new.toml"), served.policy)  # as most editors write
    wait_until(lambda: not served.state()["policy"]["refused"])
    assert served.post().headers["X-Model-Version"] == "2"


def test_what_is_under_way_ends_as_it_began(served, one, two):
    one.behavior = Behavior(seconds=1)
    load = Load(served.port)
    with load.held():
        wait_until(lambda: len(one.asked) >= CLIENTS)
        served.use(clothes(two.url, two.url, 'route = { kind = "version", version = 2 }'))
    assert load.lost == []
    assert set(load.answers) <= {(200, "1"), (200, "2")}
    assert load.answers[200, "1"] >= CLIENTS
