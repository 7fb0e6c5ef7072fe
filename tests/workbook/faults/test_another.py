"""The second good server keeps the contract, in its own way."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import Client

from server.contract.blueprint import DOCUMENT, resolved
from workbook.faults.serving import app_of

SCHEMAS = resolved(json.loads(DOCUMENT))["components"]["schemas"]
ROUTE = "/models/clothes/v2"
IMAGE = [[row * column % 256 for column in range(28)] for row in range(28)]


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(app_of("another"))


def conforms(content: object, schema: str) -> bool:
    return Draft202012Validator(SCHEMAS[schema]).is_valid(content)


def test_what_it_serves_is_told_as_the_contract_says(client):
    models = client.get("/models").json["models"]
    assert models and all(conforms(model, "Model") for model in models)
    assert client.get("/models/clothes").json in models
    assert conforms(client.get(ROUTE).json, "ModelCard")
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


@pytest.mark.parametrize("body", [{"image": IMAGE}, {"images": [IMAGE, IMAGE[::-1]]}])
def test_its_answers_are_as_the_contract_says(client, body):
    answer = client.post(ROUTE, json=body)
    assert answer.status_code == 200 and conforms(answer.json, "Answer")
    assert len(answer.json["result"]) == len(answer.json["labels"]) == len(body.get("images", [IMAGE]))


@pytest.mark.parametrize(
    ("status", "method", "path", "options"),
    [
        (400, "POST", ROUTE, {"data": "{", "content_type": "application/json"}),
        (400, "POST", ROUTE, {"data": "[" * 100_000, "content_type": "application/json"}),
        (400, "POST", ROUTE, {"json": {}}),
        (400, "POST", ROUTE, {"json": [IMAGE]}),
        (400, "POST", ROUTE, {"json": {"images": []}}),
        (400, "POST", ROUTE, {"json": {"image": IMAGE, "images": [IMAGE]}}),
        (400, "POST", ROUTE, {"json": {"image": [[True] * 28] * 28}}),
        (400, "POST", ROUTE, {"json": {"image": IMAGE[1:]}}),
        (404, "POST", "/models/clothes/v3", {"json": {"image": IMAGE}}),
        (404, "GET", "/models/shoes", {}),
        (404, "GET", "/nowhere", {}),
        (405, "DELETE", ROUTE, {}),
        (415, "POST", ROUTE, {"data": "hello", "content_type": "text/plain"}),
    ],
)
def test_what_it_refuses_has_the_contracts_status_and_a_reason(client, status, method, path, options):
    answer = client.open(path, method=method, **options)
    assert answer.status_code == status
    assert conforms(answer.json, "Error") and answer.json["error"]
