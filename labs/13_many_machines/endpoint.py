"""A student's endpoint as the contracts' own checks see it: each request goes to the student's process."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

import numpy as np
from requests.structures import CaseInsensitiveDict

from server.engines import LiteRTEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from workbook.contracts.catalog import CONTRACTS
from workbook.contracts.google import HEALTH, PREDICT
from workbook.contracts.subject import HttpAnswer, NotKept, Subject
from workbook.labs.checks.assertions import Student, expect, of_kind, returned

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Endpoint(Subject):
    """What ``workbook contract`` looks at, without a network between: the sandbox may not have one."""

    student: Student | None = None
    cloud: str = ""
    models: str = "clothes"

    def ask(self, method: str, path: str, seconds: float = 0, **more: object) -> HttpAnswer:
        """The answer; that it comes in time is the sandbox's concern."""
        sent = f"{method} {path}"
        data = more.get("data", b"")
        if spaces := len(data) - len(data.lstrip(b" ")):  # megabytes of them in a check of the contracts
            more = {**more, "data": data.lstrip(b" "), "spaces": spaces}
        where = [self.cloud, self.models, *self.routes.values()]
        got = returned(
            self.student, sent, "a Blueprint, and an answer", "driver:request", where, method, path, more, kind=dict
        )
        if "made" in got:
            made = of_kind(got["made"], sent, "a Blueprint")
            expect(False, sent, "a Blueprint", made, fits=False)
        return HttpAnswer(got["status"], CaseInsensitiveDict(got["headers"]), got["body"])


def endpoint(student: Student, cloud: str, models: str = "clothes") -> Endpoint:
    """Google's two routes are others each time, since the environment names them."""
    number = f"/v1/endpoints/{secrets.randbelow(10**6)}"
    routes = {HEALTH: f"{number}/health", PREDICT: f"{number}:predict"} if cloud == "google" else {}
    return Endpoint("", routes=routes, student=student, cloud=cloud, models=models)


def expect_kept(one: Endpoint, *names: str) -> None:
    """The checks of these names, of ``workbook contract``, find nothing."""
    for check in CONTRACTS[one.cloud].checks:
        if check.name in names:
            try:
                check.look(one)
                seen = ""
            except NotKept as error:
                seen = str(error)
            expect(not seen, f"what `workbook contract {one.cloud}` sends for {check.name}", check.asks, seen)


def pictures(count: int) -> np.ndarray:
    """Pictures that nobody has seen before: uint8 (count, 28, 28). As their edge is black, a file is read as it is."""
    found = np.zeros((count, 28, 28), np.uint8)
    found[:, 4:24, 4:24] = np.random.default_rng().integers(0, 256, (count, 20, 20), np.uint8)
    return found


def classified(pixels: np.ndarray, version: int = 2) -> tuple[np.ndarray, list[str]]:
    """The scores and labels that this version of the clothes gives."""
    folder = PINNED_MODELS / "clothes" / str(version) / EXTRA_FOLDER
    card = ModelCard.read(folder / CARD_FILE)
    scores = LiteRTEngine(folder / "clothes.tflite", card).predict(pixels)
    return scores, [card.classes[best] for best in scores.argmax(axis=1)]


def posted(one: Endpoint, path: str, content: object) -> HttpAnswer:
    return one.ask("POST", path, data=json.dumps(content).encode(), headers=JSON)


def content_of(answer: HttpAnswer, sent: str) -> dict:
    """The object of an answer with the status 200."""
    status = answer.status_code
    expect(status == 200, sent, "status 200", f"status {status}: {answer.text[:200]}", fits=False)
    try:
        content = answer.json()
    except ValueError:
        content = answer.text[:200]
    expect(isinstance(content, dict), sent, "an object in JSON", content, fits=False)
    return content


def expect_refused(answer: HttpAnswer, sent: str, status: int, fits: bool = True) -> None:
    """This status, and a reason under "error"."""
    got = answer.status_code
    expect(got == status, sent, f"status {status}", f"status {got}: {answer.text[:200]}", fits)
    try:
        reason = answer.json().get("error")
    except (ValueError, AttributeError):
        reason = None
    expect(isinstance(reason, str) and reason, sent, 'a reason under "error"', answer.text[:200], fits)


def are_scores(given: object, expected: np.ndarray) -> bool:
    try:
        scores = np.array(given, float)
    except (TypeError, ValueError):
        return False
    return scores.shape == expected.shape and np.allclose(scores, expected, atol=1e-4)
