"""A gate before a classifier: what the gate does not take for the classifier's business gets no answer from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import orjson

from server.traffic import metrics
from server.traffic.backend import AGAIN
from server.traffic.exchange.messages import Reply, Request, error_answer, json_answer
from server.traffic.policy import Gate
from server.traffic.shadow import labels_in

Ask = Callable[[Request], Awaitable[Reply]]


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

    async def answer(self, request: Request) -> Reply:
        """What the user gets. An error of the user's own, such as 400 or 401, is handed on from the gate."""
        verdict = await self._first(replace(request, query=""))
        if _is_the_users_own(verdict.status):
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
        return self._without(refused, labels, await self._second(request))

    async def _without_gate(self, request: Request, verdict: Reply) -> Reply:
        if self._gate.fail_open:
            self.counts["unseen_requests"] += 1
            return (await self._second(request)).with_headers(("X-Gate", "down"))
        what = (
            f"{self._gate.model}, the gate before {self._name}, is down: it answered {verdict.status}; try again later"
        )
        return error_answer(503, what, (*AGAIN, *_whose(verdict), ("X-Gate", "down")))

    def _without(self, refused: list[int], labels: list[str], answer: Reply) -> Reply:
        """The answer of the model behind, without what it says of the images that the gate has refused."""
        if not answer.good:
            return answer
        try:
            content = orjson.loads(answer.body)
            for place in refused:
                content["result"][place] = content["labels"][place] = None
            body = orjson.dumps({**content, "gate": labels})
        except (ValueError, KeyError, IndexError, TypeError):
            what = f"the server of {self._name} gave an answer that does not fit its gate's; try again later"
            return error_answer(503, what, (*AGAIN, *_whose(answer)))
        return replace(answer, body=body).with_headers(("X-Gate", "partly refused"))

    def _refusal(self, verdict: Reply, labels: list[str]) -> Reply:
        nothing = [None] * len(labels)
        answer = json_answer({"result": nothing, "labels": nothing, "gate": labels})
        return answer.with_headers(*_whose(verdict), ("X-Gate", "refused"))

    def _count(self, accepted: int, refused: int) -> None:
        for result, number in (("accepted", accepted), ("refused", refused)):
            self.counts[result] += number
            metrics.GATED.labels(self._name, self._gate.model, result).inc(number)


def _is_the_users_own(status: int) -> bool:
    """Whether an error says that the request is wrong; 404 says that there is no such gate."""
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_FOUND


def _whose(answer: Reply) -> tuple[tuple[str, str], ...]:
    """The headers that say which model and version gave it."""
    return tuple(header for header in answer.headers if header[0].startswith("X-Model"))
