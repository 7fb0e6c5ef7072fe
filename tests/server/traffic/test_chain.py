"""A gate looks first; what it refuses gets no answer of the model behind."""

from __future__ import annotations

import json

import pytest

from tests.server.traffic.running import Front
from tests.server.traffic.upstreams import Behavior, Upstream
from workbook.servers.process import free_port

YES, NO = "clothing", "something else"


def policy(gate: str, model: str, when_down: str = "refuse") -> str:
    return f"""
[models.clothing]
versions = {{ 1 = "{gate}" }}
timeout_seconds = 1
route = {{ kind = "version", version = 1 }}

[models.clothes]
versions = {{ 3 = "{model}" }}
gate = {{ model = "clothing", accept = "clothing", when_down = "{when_down}" }}
route = {{ kind = "version", version = 3 }}
"""


@pytest.fixture
def chained(front: Front, gate: Upstream, one: Upstream) -> Front:
    front.use(policy(gate.url, one.url))
    return front


def test_what_the_gate_accepts_is_answered_by_the_model_behind(chained, gate, one):
    gate.behavior = Behavior(labels=(YES,))
    answer = chained.post("/models/clothes?pixels")
    assert answer.content == one.behavior.content()
    names = ("X-Model", "X-Model-Version", "X-Gate")
    assert [answer.headers[name] for name in names] == ["clothes", "3", "accepted"]
    assert gate.asked[0][3] == one.asked[0][3]
    assert [asked[0][1] for asked in (gate.asked, one.asked)] == ["/models/clothing/v1", "/models/clothes/v3?pixels"]
    assert gate.asked[0][2]["X-Request-Id"] == one.asked[0][2]["X-Request-Id"] == answer.headers["X-Request-Id"]


def test_a_watermelon_gets_no_label_and_the_model_behind_is_not_asked(chained, gate, one):
    gate.behavior = Behavior(labels=(NO,))
    answer = chained.post()
    assert (answer.status_code, answer.headers["X-Gate"], answer.headers["X-Model"]) == (200, "refused", "clothing")
    assert answer.json() == {"result": [None], "labels": [None], "gate": [NO]}
    assert one.asked == []


def test_of_several_images_those_that_are_refused_get_none(chained, gate, one):
    gate.behavior, one.behavior = Behavior(labels=(YES, NO, YES)), Behavior(labels=("Coat", "Bag", "Shirt"))
    answer = chained.post()
    assert (answer.headers["X-Gate"], answer.headers["X-Model"]) == ("partly refused", "clothes")
    assert answer.json() == {
        "result": [[1.0], None, [1.0]], "labels": ["Coat", None, "Shirt"], "gate": [YES, NO, YES]
    }  # fmt: skip
    gate_shown = chained.model()["gate"]
    assert gate_shown == {"model": "clothing", "accepted": 2, "refused": 1, "unseen_requests": 0}
    assert 'traffic_gate_images_total{gate="clothing",model="clothes",result="refused"}' in chained.metrics()


def test_a_version_in_the_address_passes_no_gate(chained, gate):
    assert chained.post("/models/clothes/v3").status_code == 200
    assert gate.asked == []


@pytest.mark.parametrize("status", [400, 401, 429])
def test_an_error_of_the_users_own_comes_from_the_gate(chained, gate, one, status):
    gate.behavior = Behavior(status, headers={"Retry-After": "3"}, body=b'{"error": "it is empty"}')
    answer = chained.post()
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (status, {"error": "it is empty"}, "3")
    assert one.asked == []


DOWN = [
    *(Behavior(500), Behavior(raw=b""), Behavior(silent=True), Behavior(body=b"[]")),
    *(Behavior(404, body=b'{"error": "no model"}'), Behavior(302, headers={"Location": "http://127.0.0.1:9/"})),
]


@pytest.mark.parametrize("behavior", DOWN)
def test_a_gate_that_is_down_makes_a_503_that_names_the_step(chained, gate, one, behavior):
    gate.behavior = behavior
    answer = chained.post()
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["X-Gate"]) == (503, "1", "down")
    assert answer.json()["error"].startswith("clothing, the gate before clothes, is down: it answered ")
    assert answer.headers["X-Model"] == "clothing"
    assert one.asked == []


@pytest.mark.parametrize("behavior", DOWN)
def test_or_it_lets_images_pass_unseen_where_the_policy_says_so(front, gate, one, behavior):
    front.use(policy(gate.url, one.url, "pass"))
    gate.behavior = behavior
    answer = front.post()
    assert (answer.status_code, answer.json()["labels"], answer.headers["X-Gate"]) == (200, ["Coat"], "down")
    assert front.model()["gate"]["unseen_requests"] == 1


@pytest.mark.parametrize("labels", [(YES,), (YES, NO)])
def test_when_the_model_behind_is_down_its_own_name_is_told(front, gate, labels):
    front.use(policy(gate.url, f"http://127.0.0.1:{free_port()}"))
    gate.behavior = Behavior(labels=labels)
    answer = front.post()
    assert (answer.status_code, answer.headers["X-Model"], answer.headers["X-Model-Version"]) == (503, "clothes", "3")
    assert answer.json()["error"] == "the server of clothes v3 cannot be reached; try again later"


@pytest.mark.parametrize("body", [b"[]", b"3", b"no JSON", json.dumps({"labels": ["Coat"], "result": []}).encode()])
def test_a_model_behind_that_answers_nonsense_is_down(chained, gate, one, body):
    gate.behavior, one.behavior = Behavior(labels=(YES, NO)), Behavior(body=body)
    answer = chained.post()
    assert answer.status_code == 503
    assert answer.json()["error"] == (
        "the server of clothes gave an answer that does not fit its gate's; try again later"
    )
