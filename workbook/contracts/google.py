"""Google Vertex AI's contract for a custom container that predicts."""

from __future__ import annotations

import json

from workbook.contracts.checks import Checks
from workbook.contracts.subject import HttpAnswer, NotKept, Subject, expect, expect_refusal, json_of, padded

CHECKS = Checks()
HEALTH, PREDICT = "AIP_HEALTH_ROUTE", "AIP_PREDICT_ROUTE"
ROUTES = {HEALTH: "/v1/endpoints/1/deployedModels/2", PREDICT: "/v1/endpoints/1/deployedModels/2:predict"}
HEALTH_SECONDS = 10
MOST_BYTES = 1_500_000
JSON = {"Content-Type": "application/json"}


def predict(subject: Subject, body: bytes) -> HttpAnswer:
    return subject.ask("POST", subject.routes[PREDICT], data=body, headers=JSON)


def request_of(subject: Subject, count: int = 1, **more: object) -> bytes:
    """``count`` instances; ``body`` is a whole request, of which the first instance is taken."""
    first = subject.body["instances"][0] if subject.body and subject.body.get("instances") else subject.request()
    return json.dumps({"instances": [first] * count, **more}).encode()


def predictions_in(answer: HttpAnswer) -> list:
    expect(answer, 200)
    predictions = json_of(answer).get("predictions")
    if not isinstance(predictions, list):
        raise NotKept('no list of "predictions" in the answer')
    return predictions


@CHECKS.add("GET AIP_HEALTH_ROUTE answers 200 within 10 s", "read the route from the environment, and answer 200")
def health(subject: Subject) -> None:
    expect(subject.ask("GET", subject.routes[HEALTH], HEALTH_SECONDS), 200)


@CHECKS.add(
    'POST AIP_PREDICT_ROUTE takes {"instances": [...]} and gives {"predictions": [...]}',
    "wrap and unwrap; give a request of your server by --body",
)
def predictions(subject: Subject) -> None:
    predictions_in(predict(subject, request_of(subject)))


@CHECKS.add("each instance gets its prediction, in order", "answer a list as long as the instances")
def one_for_each(subject: Subject) -> None:
    one, three = (predictions_in(predict(subject, request_of(subject, count))) for count in (1, 3))
    if len(one) != 1 or len(three) != 3:
        raise NotKept(f"{len(one)} for 1 instance, {len(three)} for 3")


@CHECKS.add('"parameters" beside the instances change nothing', 'do not refuse "parameters", which Vertex AI passes on')
def parameters_taken(subject: Subject) -> None:
    predictions_in(predict(subject, request_of(subject, parameters={"confidence": 0.5})))


@CHECKS.add("the answer is called JSON", "send Content-Type: application/json")
def content_type(subject: Subject) -> None:
    given = predict(subject, request_of(subject)).headers.get("Content-Type", "")
    if not given.startswith("application/json"):
        raise NotKept(f"Content-Type: {given or 'none'}")


@CHECKS.add("a body of 1.5 MB is taken", "raise the server's limit for a body; send larger batches in parts")
def body_large(subject: Subject) -> None:
    predictions_in(predict(subject, padded(request_of(subject), MOST_BYTES)))


@CHECKS.add("a body without instances is the sender's fault: 4xx", "answer 400, and what was expected")
def instances_missing(subject: Subject) -> None:
    expect_refusal(predict(subject, b"{}"))
