"""The contract is what the server does: each route and status of the one is in the other, and the examples are real."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator

import pytest
import requests
from jsonschema import Draft202012Validator
from limits import parse
from openapi_spec_validator import OpenAPIV31SpecValidator

from server.contract import blueprint
from server.model_card import ModelCard
from server.payload import IMAGE_FIELD, IMAGE_TYPES, MAX_IMAGES
from server.pictures import MAX_PIXELS
from server.production.access import Users
from server.production.app import production_app
from server.routes import MAX_BODY_BYTES, MAX_FORM_PARTS

DOCUMENT = json.loads(blueprint.DOCUMENT)
RESOLVED = blueprint.resolved(DOCUMENT)
CLASSIFY = RESOLVED["paths"]["/models/{name}/v{version}"]["post"]
OPERATIONS = [
    (method, path, item[method])
    for path, item in RESOLVED["paths"].items()
    for method in ("get", "post")
    if method in item
]
NAMES = {"{name}": "clothes", "{version}": "2"}
CLOTHES = "/models/clothes/v2"
JSON = {"Content-Type": "application/json"}
# These need a server of another kind: see below, and for a body that comes too slowly test_gateway.py.
ELSEWHERE = {"401", "408", "429", "503"}
# A request that is answered by each status. Those of a path without {name} are the same on all.
REQUESTS = {
    ("get", "404"): {"path": "/models/hats"},
    ("post", "400"): {"data": "{", "headers": JSON},
    ("post", "404"): {"path": "/models/hats/v1"},
    ("post", "413"): {"data": b" " * (MAX_BODY_BYTES + 1), "headers": JSON},
    ("post", "415"): {"data": "x", "headers": {"Content-Type": "text/plain"}},
    ("post", "200"): {
        "path": "/models/digits/v1",
        "json": CLASSIFY["requestBody"]["content"]["application/json"]["examples"]["digits"]["value"],
    },
}


def answered() -> Iterator[tuple]:
    for method, path, operation in OPERATIONS:
        for status in sorted(operation["responses"].keys() - ELSEWHERE):
            yield method, path, operation, status


def test_the_document_is_openapi_3_1():
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_document_is_served_as_it_is(served):
    response = requests.get(f"{served}/openapi.json", timeout=30)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == DOCUMENT


def test_every_route_is_in_the_contract_and_nothing_else(app):
    # The files of the page are no part of it: they are what the page happens to be made of. Nor is what others have
    # written down, the Open Inference Protocol: `workbook contract v2` holds the server to that.
    rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]
    rules = [rule for rule in rules if rule.endpoint.partition(".")[0] != "open_inference"]
    served = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in OPERATIONS} == served


@pytest.mark.parametrize(
    ("method", "path", "operation", "status"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {row[3]}") for row in answered()],
)
def test_a_documented_status_is_answered_as_documented(app, method, path, operation, status):
    request = dict(REQUESTS.get((method, status), {}))
    for name, value in NAMES.items():
        path = path.replace(name, value)
    path = request.pop("path", path)
    response = app.test_client().open(path, method="DELETE" if status == "405" else method, **request)
    assert_documented(response, operation, status)


def assert_documented(response, operation: dict, status: str) -> None:
    assert response.status_code == int(status)
    described = operation["responses"][status]
    assert response.mimetype in described["content"]
    if response.is_json:
        schema = described["content"]["application/json"]["schema"]
        Draft202012Validator(schema).validate(response.get_json())
    for header, meaning in described["headers"].items():
        given = response.headers[header]
        number = meaning["schema"]["type"] == "integer"
        Draft202012Validator(meaning["schema"]).validate(int(given) if number else given)


def test_not_ready_is_answered_as_documented(tmp_path):
    response = production_app(tmp_path).test_client().get("/readyz")
    assert_documented(response, RESOLVED["paths"]["/readyz"]["get"], "503")


def test_who_has_no_token_and_who_asks_too_often_are_answered_as_documented(tmp_path):
    token = "a-token-of-the-tests"
    (tmp_path / "tokens").write_text(token)
    client = production_app(users=Users(tmp_path / "tokens", parse("1/hour"))).test_client()
    assert_documented(client.post(CLOTHES), CLASSIFY, "401")
    answers = [client.post(CLOTHES, headers={"Authorization": f"Bearer {token}"}) for _ in range(2)]
    assert_documented(answers[-1], CLASSIFY, "429")


def examples() -> Iterator[tuple]:
    """Each example of an answer, with the request to which it is one, as ``requests`` takes it."""
    for method, path, operation in OPERATIONS:
        answers = operation["responses"]["200"]["content"].get("application/json", {}).get("examples", {})
        bodies = operation.get("requestBody", {}).get("content", {None: {"examples": answers}})
        for media, body in bodies.items():
            for name, example in body.get("examples", {}).items():
                place = blueprint.example_path(path, RESOLVED["paths"][path]["parameters"], name)
                yield {"method": method, "url": place}, media, example, answers[name]["value"]


@pytest.mark.parametrize(("request_line", "media", "example", "expected"), list(examples()))
def test_an_example_is_what_the_server_answers(served, request_line, media, example, expected):
    body = {}
    if media == "application/json":
        body = {"json": example["value"]}
    elif media:
        file = requests.get(served + example["externalValue"], timeout=30).content
        form = media == "multipart/form-data"
        body = {"files": {IMAGE_FIELD: file}} if form else {"data": file, "headers": {"Content-Type": media}}
    answer = requests.request(request_line["method"], served + request_line["url"], timeout=30, **body)
    assert rounded(answer.text) == rounded(json.dumps(expected))


def rounded(text: str) -> object:
    return json.loads(text, parse_float=lambda number: round(float(number), 2))


def test_the_limits_and_media_types_are_those_of_the_code():
    assert CLASSIFY["requestBody"]["content"].keys() == {"application/json", *IMAGE_TYPES, "multipart/form-data"}
    assert f"{MAX_PIXELS // 1_000_000} million pixels" in CLASSIFY["description"]
    assert f"{MAX_BODY_BYTES // 1024**2} MiB" in CLASSIFY["responses"]["413"]["description"]
    assert f"{MAX_FORM_PARTS} parts" in CLASSIFY["responses"]["413"]["description"]
    assert RESOLVED["components"]["schemas"]["Pictures"]["properties"]["images"]["maxItems"] == MAX_IMAGES
    card = RESOLVED["components"]["schemas"]["ModelCard"]
    assert list(card["properties"]) == card["required"] == [field.name for field in dataclasses.fields(ModelCard)]
