"""Has the student's clients ask, and gives them what the server answers."""

from __future__ import annotations

import numpy as np
from exports import near
from serving import Grpc, Rest

from workbook.labs.checks.assertions import CheckFailed, Raised, Student, expect, of_kind
from workbook.labs.sandbox.student import NoAnswer

MOST_REQUESTS = 20
PATIENCE = 3.0  # seconds; far more than the time-outs of clients whose server does not answer


def asked(student: Student, server: Rest | Grpc, images: np.ndarray | None, timeout: float = 20.0) -> object:
    """What a client finally returns: for ``images``, or for ``info`` if they are None.

    Raises ``Raised``, and ``NoAnswer`` for a client that waits without end.
    """
    model = server.model
    event = student.call(server.client, images, model.name, model.version, timeout)
    for _ in range(MOST_REQUESTS):
        if not isinstance(event, dict) or not isinstance(event.get("request"), dict):
            break
        answer = server.answer(event["request"])
        event = (
            student.call("clients_driver:wait", PATIENCE)
            if answer is None
            else student.call("clients_driver:reply", answer)
        )
    if not isinstance(event, dict) or "result" not in event:
        raise NoAnswer("it waits, or asks again, without end")
    return event["result"]


def answered(
    student: Student, server: Rest | Grpc, images: np.ndarray | None, sent: str, expected: str, **options
) -> object:
    """The same, where a client must not fail."""
    try:
        return of_kind(asked(student, server, images, **options), sent, expected)
    except (Raised, NoAnswer) as error:
        error.sent, error.expected = sent, expected
        raise


def expect_predictions(student: Student, server: Rest | Grpc, images: np.ndarray, sent: str) -> None:
    """One request with these pixels, and a ``Prediction`` for each, as the server answered."""
    expected = f"{len(images)} Predictions"
    got = answered(student, server, images, sent, expected)
    right = isinstance(got, list) and len(got) == len(images) and all(isinstance(one, dict) for one in got)
    expect(right, sent, expected, got, fits=False)
    sent_pixels = server.model.asked
    expect(len(sent_pixels) == 1, sent, "one request to predict", f"{len(sent_pixels)} requests")
    expect(np.array_equal(sent_pixels[0], images), sent, "the same pixels in the request", sent_pixels[0])
    labels, scores = zip(*server.model.answered, strict=True)
    found = {name: [one.get(name) for one in got] for name in ("label", "scores", "score")}
    expect(found["label"] == list(labels), sent, f"the labels {list(labels)}", found["label"])
    expect(near(found["scores"], scores), sent, "the scores of the model, for each image", found["scores"])
    expect(near(found["score"], np.max(scores, axis=1)), sent, "the highest of each image's scores", found["score"])


def expect_well(student: Student, server: Rest | Grpc) -> None:
    """A client that always fails does not pass for one that refuses."""
    expect_predictions(student, server, server.model.images(2), "two images to a healthy server")


def expect_info(student: Student, server: Grpc, sent: str, timeout: float = 20.0) -> None:
    """``info`` makes one call, which says who is meant."""
    expected = f"one call, and what {server.model.name} answers"
    got = answered(student, server, None, sent, expected, timeout=timeout)
    right = isinstance(got, dict) and got.get("name") == server.model.name and server.calls == ["GetModelMetadata"]
    expect(right, sent, expected, got)


def failure(student: Student, server: Rest | Grpc, images: np.ndarray | None, sent: str, kinds: str, **options) -> str:
    """The message of the exception that a client must raise: of the first of ``kinds``, and none of the others."""
    wanted, *others = kinds.split(", not ")
    try:
        got = asked(student, server, images, **options)
    except (Raised, NoAnswer) as error:
        found = error.kinds if isinstance(error, Raised) else ()
        if "NotImplementedError" in found:
            raise
        if wanted in found and not set(others) & set(found):
            return error.message
        got = error
    raise CheckFailed(sent, kinds, got)
