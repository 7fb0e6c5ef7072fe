"""Amazon SageMaker's contract for a container that hosts a model."""

from __future__ import annotations

import json

from workbook.contracts.checks import Checks
from workbook.contracts.container import stopped, user_of
from workbook.contracts.subject import HttpAnswer, NotKept, Subject, expect, expect_refusal, padded

CHECKS = Checks()
PING_SECONDS = 2
ANSWER_SECONDS = 60
STOP_SECONDS = 30
MOST_BYTES = 6_291_456  # the body of InvokeEndpoint, in the service's API
JSON = {"Content-Type": "application/json"}
THEIRS = {"X-Amzn-SageMaker-Custom-Attributes": "trace=1", "X-Amzn-SageMaker-Inference-Id": "1"}


def invoke(subject: Subject, body: bytes, headers: dict[str, str] | None = None) -> HttpAnswer:
    every = {**JSON, **(headers or {})}
    return subject.ask("POST", "/invocations", ANSWER_SECONDS, data=body, headers=every)


def request_of(subject: Subject) -> bytes:
    return json.dumps(subject.request()).encode()


@CHECKS.add("GET /ping answers 200, with nothing, within 2 s", "add the route; do nothing slow in it")
def ping(subject: Subject) -> None:
    answer = subject.ask("GET", "/ping", PING_SECONDS)
    expect(answer, 200)
    if answer.content:
        raise NotKept(f"a body: {answer.text[:60]!r}")


@CHECKS.add("POST /invocations answers within 60 s", "add the route; give a request of your server by --body")
def invocations(subject: Subject) -> None:
    answer = invoke(subject, request_of(subject))
    expect(answer, 200)
    if not answer.content:
        raise NotKept("200 without an answer")


@CHECKS.add("headers that SageMaker adds change nothing", "take no notice of headers that you do not know")
def headers_ignored(subject: Subject) -> None:
    body = request_of(subject)
    plain = invoke(subject, body)
    expect(plain, 200)
    if invoke(subject, body, THEIRS).content != plain.content:
        raise NotKept("another answer with them than without")


@CHECKS.add("a body of 6,291,456 bytes is taken", "raise the server's limit for a body")
def body_large(subject: Subject) -> None:
    expect(invoke(subject, padded(request_of(subject), MOST_BYTES)), 200)


@CHECKS.add("a body that is not JSON is the sender's fault: 4xx", "catch it; a 5xx reaches the caller as ModelError")
def body_broken(subject: Subject) -> None:
    expect_refusal(invoke(subject, b"{"))


@CHECKS.add("nobody but root is in the image", "SageMaker wants root; state it by --except root", of_the_image=True)
def root(subject: Subject) -> None:
    if (user := user_of(subject.container)) not in ("", "0", "root"):
        raise NotKept(f"the image runs as {user}")


@CHECKS.add("SIGTERM ends it within 30 s", "ENTRYPOINT in exec form, no shell between", of_the_image=True)
def stops(subject: Subject) -> None:
    stopped(subject.container, STOP_SECONDS)
