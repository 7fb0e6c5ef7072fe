"""The contract of the reference inference server, over real HTTP."""

from __future__ import annotations

import json

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

IMAGE = np.zeros((28, 28), int).tolist()
CLOTHES = "/models/clothes/v1"


def post(served: str, path: str = CLOTHES, **kwargs) -> requests.Response:
    return requests.post(served + path, timeout=30, **kwargs)


def test_health(served):
    response = requests.get(f"{served}/healthz", timeout=30)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_lists_every_model_with_its_versions_and_default(served):
    answer = requests.get(f"{served}/models", timeout=30).json()
    assert answer == {
        "models": [
            {"name": "clothes", "versions": [1, 2], "default": 2},
            {"name": "clothing", "versions": [1], "default": 1},
            {"name": "digits", "versions": [1], "default": 1},
        ]
    }
    assert requests.get(f"{served}/models/digits", timeout=30).json() == answer["models"][2]


def test_info_is_the_model_card(served):
    card = requests.get(served + CLOTHES, timeout=30).json()
    assert card["number_of_parameters"] == 44426
    assert card["input"] == {"shape": [28, 28], "low": 0, "high": 255, "dtype": "uint8"}
    assert card["classes"][9] == "Ankle boot"


def test_classifies_one_image(served, test_set):
    response = post(served, json={"image": test_set[0][0].tolist()})
    answer = response.json()
    assert response.status_code == 200
    assert answer["labels"] == ["Ankle boot"]
    assert np.shape(answer["result"]) == (1, 10)
    assert sum(answer["result"][0]) == pytest.approx(1, abs=1e-5)


def test_a_batch_gets_the_same_scores_as_its_images_one_by_one(served, test_set):
    images = test_set[0][:8]
    batch = post(served, json={"images": images.tolist()}).json()
    single = [post(served, json={"image": image.tolist()}).json() for image in images]
    assert batch["labels"] == [answer["labels"][0] for answer in single]
    np.testing.assert_allclose(batch["result"], [answer["result"][0] for answer in single], atol=1e-5)


def test_the_server_scales_as_training_did(served, test_set):
    images, labels = test_set
    answer = post(served, json={"images": images[:1000].tolist()}).json()
    assert np.mean(np.argmax(answer["result"], axis=1) == labels[:1000]) > 0.87


def test_classifies_digits_of_another_shape_and_range(served):
    from pipeline import digits, train

    _, (images, labels) = digits.load_split(train.SEED)
    answer = post(served, "/models/digits/v1", json={"images": images.tolist()}).json()
    assert np.mean(np.array(answer["labels"], int) == labels) > 0.93


def changed(row: int, column: int, value: object) -> list:
    image = [list(line) for line in IMAGE]
    image[row][column] = value
    return image


BAD_BODIES = {
    "no field": ({}, "either"),
    "both fields": ({"image": IMAGE, "images": [IMAGE]}, "either"),
    "a list": ([IMAGE], "either"),
    "null": (None, "either"),
    "an image of null": ({"image": None}, "an image is not a list of rows; expected 28 rows of 28"),
    "an image of text": ({"image": "boot"}, "expected rows of numbers"),
    "an object for an image": ({"image": {"a": 1}}, "28 rows of 28"),
    "a flat image": ({"image": [0] * 784}, "(784,)"),
    "27 rows": ({"image": IMAGE[:27]}, "(27, 28)"),
    "a channel axis": ({"image": np.zeros((28, 28, 1), int).tolist()}, "(28, 28, 1)"),
    "ragged rows": ({"image": [*IMAGE[:27], [0] * 27]}, "the same length"),
    "no images": ({"images": []}, "no image"),
    "images that are no list": ({"images": 7}, "not a list"),
    "scaled pixels": ({"image": np.full((28, 28), 0.5).tolist()}, "do not scale"),
    "256": ({"image": changed(0, 0, 256)}, "0 to 256"),
    "-1": ({"image": changed(0, 0, -1)}, "-1 to 0"),
    "a huge number": ({"image": changed(0, 0, 10**30)}, "whole numbers from 0 to 255"),
    "text among the pixels": ({"image": changed(3, 3, "7")}, "not all numbers"),
    "null among the pixels": ({"image": changed(3, 3, None)}, "not all numbers"),
    "64 lists in one another": ({"image": json.loads("[" * 63 + "]" * 63)}, "28 rows of 28"),
    "500 lists in one another": ({"image": json.loads("[" * 500 + "]" * 500)}, "28 rows of 28"),
    "true and false": ({"image": np.zeros((28, 28), bool).tolist()}, "not all numbers"),
}


@pytest.mark.parametrize(("body", "reason"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_cannot_be_used_is_400_and_says_why(served, body, reason):
    response = post(served, json=body) if body is not None else post(served, data="null", headers=JSON)
    assert response.status_code == 400
    assert reason in response.json()["error"]


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("{", "not valid JSON"),
        ('{"image": [', "not valid JSON"),
        ("[" * 1000, "nested too deep"),
        ("[" * 100_000, "more than 1,024 images"),
        ('{"image": NaN}', "not valid JSON"),
        (b"\xff\xfe", "it is UTF-16"),
    ],
)
def test_broken_json_is_400_and_says_why(served, text, reason):
    response = post(served, data=text, headers=JSON)
    assert response.status_code == 400
    assert reason in response.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "not found"),
        ("GET", "/models/hats", 404, "there is clothes, clothing, digits"),
        ("GET", "/models/hats/v1", 404, "there is clothes, clothing, digits"),
        ("GET", f"/models/{'hats' * 100}", 404, "...shatshatshats'; there is clothes, clothing, digits"),
        ("GET", "/models/clothes/v7", 404, "there is v1, v2"),
        ("POST", "/models/clothes/v7", 404, "there is v1, v2"),
        ("GET", "/models/clothes/v1.5", 404, "not found"),
        ("DELETE", CLOTHES, 405, "not allowed"),
        ("POST", "/models", 405, "not allowed"),
    ],
)
def test_what_is_not_there_is_404_and_what_cannot_be_done_405(served, method, path, status, reason):
    response = requests.request(method, served + path, json={}, timeout=30)
    assert response.status_code == status
    assert reason in response.json()["error"]


def test_another_content_type_is_415(served):
    response = post(served, data=json.dumps({"image": IMAGE}), headers={"Content-Type": "text/plain"})
    assert response.status_code == 415
    assert "error" in response.json()


def test_a_body_over_the_limit_is_413(app):
    from server.routes import MAX_BODY_BYTES

    # Flask's test client, because a real connection may be closed while the body is still being sent.
    response = app.test_client().post(CLOTHES, data=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    assert response.status_code == 413
    assert f"{MAX_BODY_BYTES:,} bytes" in response.get_json()["error"]


def test_an_error_inside_says_nothing_of_the_inside(app, monkeypatch):
    from server.repository import Servable

    def fail(*_):
        raise RuntimeError("secret /path")

    monkeypatch.setattr(Servable, "classify", fail)
    response = app.test_client().post(CLOTHES, json={"image": IMAGE})
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "error" in response.get_json()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)
bodies = json_values | st.fixed_dictionaries({}, optional={"image": json_values, "images": json_values})


@settings(max_examples=300)
@given(body=bodies)
def test_no_json_body_whatever_makes_a_5xx(app, body):
    response = app.test_client().post(CLOTHES, data=json.dumps(body), headers=JSON)
    assert response.status_code == 400
    assert list(response.get_json()) == ["error"]


@settings(max_examples=100)
@given(
    body=st.binary(max_size=200), content_type=st.sampled_from(["application/json", "image/png", "", "a/b; charset=x"])
)
def test_no_bytes_whatever_make_a_5xx(app, body, content_type):
    response = app.test_client().post(CLOTHES, data=body, content_type=content_type)
    assert response.status_code in (400, 415)
    assert list(response.get_json()) == ["error"]
