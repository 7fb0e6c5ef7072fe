"""Users are split among versions, each user the same way every time and at every front."""

from __future__ import annotations

from collections import Counter

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.traffic.assignment import share_point, version_at
from tests.server.traffic.running import Front, clothes
from tests.server.traffic.test_assignment import within

SHARES = ((1, 0.7), (2, 0.3))
SPLIT = 'route = { kind = "split", shares = { 1 = 0.7, 2 = 0.3 }, key = "X-User-Id", salt = "summer" }'
# What a header's value may be: no blanks at its ends, which belong to nobody (RFC 9110, 5.5).
USERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def version_of(session: requests.Session, front: Front, user: str | bytes) -> int:
    answer = session.post(f"{front.url}/models/clothes", data=b"{}", headers={"X-User-Id": user}, timeout=60)
    return int(answer.headers["X-Model-Version"])


def test_a_user_gets_the_version_of_the_formula_every_time_at_every_front(front, one, two, tmp_path):
    policy = clothes(one.url, two.url, SPLIT)
    front.use(policy)
    with Front(tmp_path, policy) as other, requests.Session() as session:

        @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(USERS)
        def same(user: str) -> None:
            expected = version_at(share_point("summer", user), SHARES)
            assert {version_of(session, server, user) for server in (front, front, other)} == {expected}

        same()
        assert other.stop() == 0


def test_a_user_whose_name_cannot_be_read_is_told_and_not_dealt_anew_each_time(front, one, two):
    front.use(clothes(one.url, two.url, SPLIT))
    for name in ("Müller".encode(), "Müller".encode("latin-1")):
        answer = requests.post(f"{front.url}/models/clothes", data=b"{}", headers={"X-User-Id": name}, timeout=60)
        told = {"error": "the value of X-User-Id is not ASCII; send it encoded, as in M%C3%BCller"}
        assert (answer.status_code, answer.json()) == (400, told)
        assert requests.post(f"{front.url}/models/clothes", headers={"X-Other": name}, timeout=60).ok
    assert len(one.asked) + len(two.asked) == 2


def test_requests_without_a_user_are_split_by_chance(front, one, two):
    front.use(clothes(one.url, two.url, SPLIT.replace("summer", "autumn")))
    with requests.Session() as session:
        counts = Counter(version_of(session, front, "") for _ in range(400))
    assert within(counts[2], 0.3, 400)
    shown = front.model()
    assert (shown["kind"], shown["key"]) == ("split", "X-User-Id")
    assert {version: shown["versions"][version]["asked"] for version in "12"} == {"1": counts[1], "2": counts[2]}


def test_without_a_key_each_request_is_dealt_again(front, one, two):
    front.use(clothes(one.url, two.url, 'route = { kind = "split", shares = { 1 = 0.5, 2 = 0.5 } }'))
    with requests.Session() as session:
        assert {version_of(session, front, "ada") for _ in range(60)} == {1, 2}


def test_a_version_with_no_share_is_never_asked(front, one, two):
    front.use(clothes(one.url, two.url, 'route = { kind = "split", shares = { 1 = 1, 2 = 0 } }'))
    with requests.Session() as session:
        assert {version_of(session, front, str(number)) for number in range(50)} == {1}


def test_another_model_keeps_its_counts_when_one_changes(front, one, two):
    hats = f'[models.hats]\nversions = {{ 1 = "{one.url}" }}\nroute = {{ kind = "version", version = 1 }}\n'
    front.use(clothes(one.url, two.url, SPLIT, "timeout_seconds = 4") + hats)
    front.post("/models/hats")
    front.use(clothes(one.url, two.url, SPLIT, "timeout_seconds = 3") + hats)
    assert front.model("hats")["versions"]["1"]["asked"] == 1
