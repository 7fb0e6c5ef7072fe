"""The Open Inference Protocol on the reference server: the same answers as its own routes, and errors as promised."""

from __future__ import annotations

import json

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from server.payload import MAX_IMAGES
from server.production.app import production_app
from tests.server.production.fuzzing import values

INFER = "/v2/models/clothes/infer"
IMAGES = np.random.default_rng(2).integers(0, 256, (3, 28, 28))
JSON = {"Content-Type": "application/json"}


def body_of(data: list, count: int = 3, **changes: object) -> dict:
    """A request with one tensor, in which ``changes`` replace what is right."""
    tensor = {"name": "image", "shape": [count, 28, 28], "datatype": "UINT8", "data": data, **changes}
    return {"inputs": [tensor]}


NESTED = body_of(IMAGES.tolist())
FLAT = body_of(IMAGES.ravel().tolist())


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize(("path", "version"), [(INFER, 2), ("/v2/models/clothes/versions/1/infer", 1)])
@pytest.mark.parametrize("body", [NESTED, FLAT], ids=["nested", "flat"])
def test_the_answer_is_that_of_the_servers_own_route(served, path, version, body):
    own = requests.post(f"{served}/models/clothes/v{version}", json={"images": IMAGES.tolist()}, timeout=30).json()
    answer = requests.post(served + path, json={**body, "id": "seven"}, timeout=30).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("clothes", str(version), "seven")
    scores, labels = answer["outputs"]
    assert scores == {"name": "scores", "datatype": "FP32", "shape": [3, 10], "data": np.ravel(own["result"]).tolist()}
    assert labels == {"name": "label", "datatype": "BYTES", "shape": [3], "data": own["labels"]}


def test_only_the_outputs_that_are_asked_for_come_back_and_no_id_that_was_not_given(client):
    answer = client.post(INFER, json={**NESTED, "outputs": [{"name": "label"}]}).json
    assert [output["name"] for output in answer["outputs"]] == ["label"]
    assert "id" not in answer


def test_what_a_model_is_is_told_with_its_own_sizes(client):
    about = client.get("/v2/models/digits").json
    assert about["versions"] == ["1"] and about["platform"] == "scikit-learn_npz"
    assert about["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, 8, 8]}]
    assert client.get("/v2/models/clothes/versions/2").json["versions"] == ["1", "2"]
    assert client.get("/v2/models/clothes/versions/2/ready").json == {"name": "clothes", "ready": True}
    assert client.get("/v2/health/live").json == {"live": True}
    assert client.get("/v2").json.keys() == {"name", "version", "extensions"}


def test_a_server_without_a_model_lives_and_is_not_ready(tmp_path):
    client = production_app(tmp_path).test_client()
    assert client.get("/v2/health/live").status_code == 200
    assert (client.get("/v2/health/ready").status_code, client.get("/v2/health/ready").json) == (503, {"ready": False})


@pytest.mark.parametrize(
    "path",
    ["/v2/models/hats", "/v2/models/hats/ready", "/v2/models/clothes/versions/9", "/v2/models/clothes/versions/v1"],
)
def test_a_model_or_version_that_is_not_there_is_404(client, path):
    answer = client.get(path)
    assert answer.status_code == 404 and "there is" in answer.json["error"]
    assert client.post(path.removesuffix("/ready") + "/infer", json=NESTED).status_code == 404


WHOLE = IMAGES.tolist()
REFUSED = {
    "no input": ({"inputs": []}, "one tensor"),
    "two inputs": ({"inputs": NESTED["inputs"] * 2}, "one tensor"),
    "no data": ({"inputs": [{"name": "image", "shape": [1, 28, 28], "datatype": "UINT8"}]}, 'it has no "data"'),
    "another name": (body_of(WHOLE, name="pixels"), "not called 'pixels'"),
    "another datatype": (body_of(WHOLE, datatype="FP32"), "expected UINT8"),
    "another size": (body_of(WHOLE, shape=[3, 784]), r"the shape is [3, 784]; expected [n, 28, 28]"),
    "a size that is true": (body_of(WHOLE[:1], shape=[True, 28, 28]), "the shape is"),
    "fewer images than told": (body_of(WHOLE[:2]), "has 2 images; the shape [3, 28, 28] says otherwise"),
    "fewer numbers than told": (body_of([1, 2, 3]), "has 3 numbers"),
    "numbers and lists": (body_of([1] * 2351 + [[1]]), "expected 28 rows"),
    "scaled pixels": (body_of((IMAGES / 255).tolist()), "do not scale them"),
    "no list": (body_of("AAAA"), '"data" to be a list'),
    "an id that is a number": ({**NESTED, "id": 7}, 'the "id" is not text'),
    "an unknown output": ({**NESTED, "outputs": [{"name": "logits"}]}, 'the "name" scores or label'),
    "a list": ([NESTED], "not a JSON object"),
}


@pytest.mark.parametrize(("body", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_used_is_400_and_says_what_was_expected(client, body, says):
    answer = client.post(INFER, json=body)
    assert answer.status_code == 400 and says in answer.json["error"], answer.json


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        ({"data": b"", "headers": JSON}, 400, "it is empty"),
        ({"data": b"{", "headers": JSON}, 400, "not valid JSON"),
        ({"data": b"{}"}, 415, "expected application/json"),
        ({"data": b"{}", "headers": {**JSON, "Content-Encoding": "gzip"}}, 415, "packed as gzip"),
    ],
)
def test_what_is_not_json_is_refused_by_its_name(client, request_, status, says):
    answer = client.post(INFER, **request_)
    assert answer.status_code == status and says in answer.json["error"]


@pytest.mark.parametrize("shape", [(28, 28), (784,)], ids=["nested", "flat"])
def test_as_many_images_as_elsewhere_are_taken_and_no_more(client, shape):
    for count, status in ((MAX_IMAGES, 200), (MAX_IMAGES + 1, 400)):
        data = np.zeros((count, *shape), int)
        answer = client.post(INFER, json=body_of((data if len(shape) > 1 else data.ravel()).tolist(), count))
        assert answer.status_code == status, answer.json


tensors = st.fixed_dictionaries(
    {"name": st.just("image"), "datatype": st.just("UINT8"), "shape": values | st.just([1, 28, 28]), "data": values}
)
bodies = st.fixed_dictionaries({}, optional={"inputs": values | st.lists(tensors), "outputs": values, "id": values})


@settings(max_examples=40)
@given(bodies | values)
def test_no_json_whatever_makes_a_5xx(app, body):
    answer = app.test_client().post(INFER, data=json.dumps(body), headers=JSON)
    assert answer.status_code in (200, 400)
