"""A gate before a classifier: what the gate does not take for the classifier's business gets no answer from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import orjson

from server.traffic import metrics
from server.traffic.backend import AGAIN
from server.traffic.messages import Answer, Request, error_answer, json_answer
from server.traffic.policy import Gate
from server.traffic.shadow import labels_in

Ask = Callable[[Request], Awaitable[Answer]]


class Chain:
    """Asks ``first``, the gate, and then ``second``, the model ``name`` behind it. ``counts`` are of images.

    An image that is refused has ``null`` for its scores and its label; see ``docs/traffic.md``.
    """

    def __init__(self, name: str, gate: Gate, first: Ask, second: Ask) -> None:
        self.counts = {"accepted": 0, "refused": 0, "unseen_requests": 0}
        self._name = name
        self._gate = gate
        self._first = first
        self._second = second

    async def answer(self, request: Request) -> Answer:
        """What the user gets. An error of the user's own, such as 400 or 401, is handed on from the gate."""
        verdict = await self._first(replace(request, query=""))
        if verdict.status < HTTPStatus.INTERNAL_SERVER_ERROR and not verdict.good:
            return verdict
        labels = labels_in(verdict)
        if labels is None:
            return await self._without_gate(request, verdict)
        refused = [place for place, label in enumerate(labels) if label != self._gate.accept]
        self._count(len(labels) - len(refused), len(refused))
        if not refused:
            return (await self._second(request)).with_headers(("X-Gate", "accepted"))
        if len(refused) == len(labels):
            return self._refusal(verdict, labels)
        return _without(refused, labels, await self._second(request))

    async def _without_gate(self, request: Request, verdict: Answer) -> Answer:
        if self._gate.fail_open:
            self.counts["unseen_requests"] += 1
            return (await self._second(request)).with_headers(("X-Gate", "down"))
        what = (
            f"{self._gate.model}, the gate before {self._name}, is down: it answered {verdict.status}; try again later"
        )
        whose = tuple(header for header in verdict.headers if header[0].startswith("X-Model"))
        return error_answer(503, what, (*AGAIN, *whose, ("X-Gate", "down")))

    def _refusal(self, verdict: Answer, labels: list[str]) -> Answer:
        nothing = [None] * len(labels)
        answer = json_answer({"result": nothing, "labels": nothing, "gate": labels})
        whose = (header for header in verdict.headers if header[0].startswith("X-Model"))
        return answer.with_headers(*whose, ("X-Gate", "refused"))

    def _count(self, accepted: int, refused: int) -> None:
        for result, number in (("accepted", accepted), ("refused", refused)):
            self.counts[result] += number
            metrics.GATED.labels(self._name, self._gate.model, result).inc(number)


def _without(refused: list[int], labels: list[str], answer: Answer) -> Answer:
    """The answer of the model behind, without what it says of the images that the gate has refused."""
    if not answer.good:
        return answer
    content = orjson.loads(answer.body)
    for place in refused:
        content["result"][place] = content["labels"][place] = None
    return replace(answer, body=orjson.dumps({**content, "gate": labels})).with_headers(("X-Gate", "partly refused"))
