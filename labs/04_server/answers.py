"""What the student's server answers, and whether it is what it should be."""

from __future__ import annotations

import numpy as np

from server.engines import LiteRTEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from workbook.labs.checks.assertions import Student, expect, returned

# What a status says about the routes.
WHY = {404: ", no route for this address", 405: ", a route without this method", 500: ", an error in the server"}


def scores_of(pixels: np.ndarray, version: int = 1) -> np.ndarray:
    """What the clothes model gives for these pixels."""
    folder = PINNED_MODELS / "clothes" / str(version) / EXTRA_FOLDER
    return LiteRTEngine(folder / "clothes.tflite", ModelCard.read(folder / CARD_FILE)).predict(pixels)


def asked(student: Student, method: str, path: str, sent: str = "", errors: bool = False, **options: object) -> dict:
    """What was answered; ``sent`` says in words what was sent, if the address does not."""
    return returned(student, sent or f"{method} {path}", "an answer", "driver:request", method, path, errors, options)


def expect_well(answer: dict, sent: str) -> None:
    """Whatever the answer should be, it is not an error."""
    status, text = answer["status"], answer["text"][:200]
    why = WHY.get(status, "")
    expect(status == 200, sent, "status 200", f"status {status}{why}: {text}", fits=False)


def content_of(answer: dict, sent: str, expected: str) -> dict:
    """The object in the answer."""
    expect_well(answer, sent)
    content = answer["json"]
    expect(isinstance(content, dict), sent, expected, f"no object in JSON, but {answer['text'][:200]!r}", fits=False)
    return content


def expect_scores(answer: dict, sent: str, expected: np.ndarray) -> None:
    """These scores, and the label of the best for each row."""
    content = content_of(answer, sent, "labels and result")
    names = ModelCard.read(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / CARD_FILE).classes
    labels = [names[best] for best in expected.argmax(axis=1)]
    expect(content.get("labels") == labels, sent, f"the labels {labels}", content.get("labels"))
    scores = np.array(content.get("result"), dtype=object)
    right = scores.shape == expected.shape and np.allclose(scores.astype(float), expected, atol=1e-4)
    expect(right, sent, f"the scores of the model, {expected.shape}", content.get("result"))


def expect_error(answer: dict, sent: str, status: int) -> None:
    """This status, and a reason in JSON that reveals nothing of the server's inside."""
    got = answer["status"]
    expect(got == status, sent, f"status {status}", f"status {got}: {answer['text'][:200]}", fits=got not in (405, 500))
    content = answer["json"]
    right = isinstance(content, dict) and isinstance(content.get("error"), str) and content["error"]
    expect(right, sent, 'JSON with "error"', answer["text"][:200])
    leaks = [word for word in ("Traceback", ".py", 'File "') if word in content["error"]]
    expect(not leaks, sent, "nothing of the server's inside", content["error"])
