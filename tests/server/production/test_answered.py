"""The signature of a version in a line of the log: the version's own, and never that of the request before."""

from __future__ import annotations

import io
import json

from server.model_card import PINNED_MODELS, ModelCard, sha256_of
from server.production.answered import sign, signature_of
from server.production.observability import Observed


def test_a_thread_that_answers_one_after_another_forgets_in_between():
    log, answers = io.BytesIO(), iter([{"model": "clothes", "version": 1}, None])

    def app(environ: dict, start_response) -> list[bytes]:
        if answer := next(answers):
            sign(answer)
        start_response("200 OK", [])
        return []

    for _ in range(2):
        Observed(app, log)({"REQUEST_METHOD": "POST"}, lambda *_: None)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line.get("version") for line in lines] == [1, None]


def test_the_weights_are_those_of_the_file_that_runs():
    extra = PINNED_MODELS / "clothes" / "1" / "assets.extra"
    card = ModelCard.read(extra / "model_card.json")
    assert len(card.files) > 1
    assert signature_of(card)["weights"] == sha256_of(extra / "clothes.tflite")
