"""The short way gives what Flask's own route gives. A query keeps a request off it, so both can be asked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

CLOTHES = "/models/clothes/v1"
PIXELS = [[0, 9] * 14] * 28

rows = st.lists(st.lists(st.integers(0, 255), min_size=28, max_size=28), min_size=28, max_size=28)
json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=20)
bodies = (
    rows.map(lambda image: {"image": image})
    | st.lists(rows, max_size=3).map(lambda images: {"images": images})
    | json_values.map(lambda value: {"image": value})
    | json_values
).map(json.dumps)


def both_ways(app, path: str, body: str | bytes, **headers: str):
    client = app.test_client()
    options = {"data": body, "headers": {"Content-Type": "application/json", "X-Request-Id": "one", **headers}}
    return client.post(path, **options), client.post(f"{path}?slow", **options)


def assert_same(short, long) -> None:
    assert short.status_code == long.status_code
    assert short.data == long.data
    assert dict(short.headers) == dict(long.headers)


@given(body=bodies | st.text())
def test_any_body_gets_the_same_answer(app, body):
    assert_same(*both_ways(app, CLOTHES, body))


@pytest.mark.parametrize(
    "path", ["/models/clothes/v2", "/models/digits/v1", "/models/clothes/v01", "/models/clothes/v9", "/models/no/v1"]
)
def test_any_model_gets_the_same_answer(app, path):
    short, long = both_ways(app, path, json.dumps({"image": PIXELS}))
    assert_same(short, long)
    assert short.status_code in (200, 400, 404)


@pytest.mark.parametrize("length", ["5", "99999999999", "-1", "many"])
def test_a_wrong_length_gets_the_same_answer(app, length):
    client = app.test_client()
    # Werkzeug's client would put the true length in the place of a header's.
    options = {"data": json.dumps({"image": PIXELS}), "environ_overrides": {"CONTENT_LENGTH": length}}
    options["headers"] = {"Content-Type": "application/json", "X-Request-Id": "one"}
    short, long = client.post(CLOTHES, **options), client.post(f"{CLOTHES}?slow", **options)
    assert_same(short, long)
    assert short.status_code in (400, 413)


def test_flask_sees_nothing_of_a_plain_request(app, monkeypatch):
    monkeypatch.setattr("flask.Flask.full_dispatch_request", lambda self: pytest.fail("Flask was asked"))
    assert app.test_client().post(CLOTHES, json={"image": PIXELS}).status_code == 200
