"""Thousands of requests against the production server, over real HTTP: whatever is sent, it is answered, and no 5xx.

``WORKBOOK_FUZZ_REQUESTS=20000`` sends as many, and ``-s`` shows how they were answered; the suite makes do with less.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, note, settings
from hypothesis.strategies import SearchStrategy, integers, tuples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from server.pictures import MAX_PIXELS
from server.routes import MAX_BODY_BYTES
from tests.server.production import fuzzing
from tests.server.production.fuzzing import CLOTHES, FORMS, JSON, Target
from tests.server.production.test_limits import png_of_zeros

REQUESTS = int(os.environ.get("WORKBOOK_FUZZ_REQUESTS", "1000"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
MEGABYTES_MORE = 120  # for all workers: what they keep after the largest of the requests, however many there were


@pytest.fixture(scope="module")
def target(production) -> Target:
    return Target(production)


def send_many(share: float, strategy: SearchStrategy, send: Callable[[object], None]) -> None:
    """Send a share of all requests, each drawn from ``strategy``."""

    @settings(
        max_examples=max(1, round(REQUESTS * share)),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def fuzz(drawn: object) -> None:
        note(repr(drawn)[:2000])
        send(drawn)

    fuzz()


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=str)
@pytest.mark.parametrize("operations", ["classify", "all"])
def test_requests_made_from_the_contract_are_answered_by_the_contract(target, mode, operations):
    schema = schemathesis.openapi.from_url(f"{target.production.url}/openapi.json")
    if operations == "classify":  # a model that is there: random names would all be 404
        post = schema["/models/{name}/v{version}"]["POST"]
        strategy = post.as_strategy(generation_mode=mode, path_parameters={"name": "digits", "version": 1})
    else:
        strategy = schema.as_strategy(generation_mode=mode)

    def send(case: schemathesis.Case) -> None:
        response = case.call(timeout=30)
        target.judge(response.status_code, as_plain(response.headers), response.content, case.method)
        case.validate_response(response, checks=CHECKS)

    send_many(0.1, strategy, send)


def as_plain(headers: dict[str, list[str]]) -> requests.structures.CaseInsensitiveDict:
    return requests.structures.CaseInsensitiveDict({name: values[0] for name, values in headers.items()})


BODIES = {"JSON": JSON, "files": fuzzing.FILES, "forms": FORMS, "other types": fuzzing.ODD_TYPES}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_any_body_is_answered(target, body):
    drawn = tuples(body, fuzzing.st.sampled_from([CLOTHES, CLOTHES + "?pixels", "/models/digits/v1"]))
    send_many(0.08, drawn, lambda it: target.ask("POST", it[1], *it[0]))


def test_any_method_and_path_is_answered(target):
    drawn = tuples(fuzzing.methods, fuzzing.paths, fuzzing.bodies)
    send_many(0.08, drawn, lambda it: target.ask(it[0], it[1], *it[2]))


def test_any_headers_are_answered(target):
    send_many(0.1, fuzzing.odd_headers(), lambda request: target.send(request, well_formed=True))


def test_broken_http_does_no_harm(target):
    send_many(0.08, fuzzing.broken_http(), lambda request: target.send(request, well_formed=False))


def test_large_pictures_are_answered_or_refused(target):
    sizes = tuples(integers(1, 20_000), integers(1, 20_000)).filter(lambda size: size[0] * size[1] < 2 * MAX_PIXELS)
    send_many(0.005, sizes, lambda size: target.ask("POST", CLOTHES, png_of_zeros(*size), "image/png"))


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b" ", "application/json"),
        (b"\x89PNG", "image/png"),
        (fuzzing.form([b""], "image", "")[:-2], f"multipart/form-data; boundary={fuzzing.BOUNDARY}"),
    ],
)
def test_a_body_in_chunks_that_tells_no_length_is_413_too(target, head, content_type):
    chunks = [head, *[b"0" * 1024**2] * (MAX_BODY_BYTES // 1024**2)]
    headers = {"Content-Type": content_type}
    response = requests.post(target.production.url + CLOTHES, data=iter(chunks), headers=headers, timeout=30)
    target.judge(response.status_code, response.headers, response.content)
    assert response.status_code == 413


def test_all_requests_were_sent_and_the_server_is_as_it_was(target):
    send_many(1 - target.sent / REQUESTS, fuzzing.bodies, lambda it: target.ask("POST", CLOTHES, *it))
    grown = target.megabytes() - target.memory
    counts = ", ".join(f"{count} of {status}" for status, count in sorted(target.statuses.items(), key=str))
    print(f"\n{target.sent} requests: {counts}; the workers grew from {target.memory} MB by {grown} MB")
    assert target.sent >= REQUESTS
    assert {worker.pid for worker in target.production.workers()} == target.pids, "a worker died"
    assert grown < MEGABYTES_MORE
    assert requests.get(f"{target.production.url}/readyz", timeout=30).json()["models"] == [
        "clothes",
        "clothing",
        "digits",
    ]
