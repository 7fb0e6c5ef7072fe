"""The front as an application: which address leads where, and what the front answers by itself."""

from __future__ import annotations

import logging
import re
import reprlib
from collections.abc import Callable
from typing import BinaryIO

from prometheus_client import CONTENT_TYPE_LATEST

from server.production.environment import MODEL_PATH, READING
from server.production.observability import Observation
from server.traffic import metrics
from server.traffic.exchange.messages import BARE, Reply, Request, error_answer, json_answer, request_of
from server.traffic.lanes import Lanes

ROUTED_PATH = re.compile(r"/models/([^/]+)")
# What its log says of an answer, besides what every log says: who gave it, and what came in between.
OF_THE_FRONT = ("X-Model", "X-Model-Version", "X-Fallback-From", "X-Gate")

log = logging.getLogger(__name__)


class Front:
    """Answers requests by ``lanes``; ``log`` gets a line for each. ``policy_state`` says what ``GET /traffic`` shows of
    the policy's file."""

    def __init__(self, lanes: Lanes, policy_state: Callable[[], dict], max_bytes: int, log: BinaryIO | None) -> None:
        self._lanes = lanes
        self._policy_state = policy_state
        self._max_bytes = max_bytes
        self._log = log
        self._own = {
            "/healthz": lambda: json_answer({"status": "ok"}),
            "/readyz": lambda: json_answer({"status": "ok", "models": sorted(lanes)}),
            "/metrics": lambda: Reply(200, (("Content-Type", CONTENT_TYPE_LATEST),), metrics.exposition()),
            "/traffic": self._state,
            "/models": lambda: json_answer({"models": [self._summary(name) for name in sorted(lanes)]}),
        }

    async def __call__(self, environ: dict, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body for a request in WSGI's terms (PEP 3333), whose ``body`` is there, whole."""
        observation = Observation(environ, self._log)
        try:
            answer = await self._answer(environ, request_of(environ, observation.request_id, body))
        except Exception:  # a fault of the front's own must not be silence
            log.exception("request %s could not be answered", observation.request_id)
            answer = error_answer(500, "the front has failed at this request; its log says how")
        length = [] if answer.status in BARE else [("Content-Length", str(len(answer.body)))]
        headers = [*answer.headers, *length]
        of_front = {name: value for name, value in answer.headers if name in OF_THE_FRONT}
        more = {name.removeprefix("X-").lower().replace("-", "_"): value for name, value in of_front.items()}
        return answer.status, observation.end(answer.status, headers, more), answer.body

    async def _answer(self, environ: dict, request: Request) -> Reply:
        path = environ["PATH_INFO"]
        if int(environ.get("CONTENT_LENGTH") or 0) > self._max_bytes:
            return error_answer(413, f"that is too large; expected at most {self._max_bytes:,} bytes")
        if pinned := MODEL_PATH.fullmatch(path):
            return await self._pinned(pinned[1], int(pinned[2]), request)
        if routed := ROUTED_PATH.fullmatch(path):
            return await self._routed(routed[1], request)
        if path not in self._own:
            return error_answer(404, f"there is nothing at {reprlib.repr(path)}; there is {', '.join(self._own)}")
        return self._own[path]() if request.method in READING else _not_allowed(request, READING)

    async def _pinned(self, name: str, version: int, request: Request) -> Reply:
        """A version in the address is what the user wants: no split, no gate."""
        if name not in self._lanes:
            return self._no_model(name)
        backend = self._lanes[name].backend
        if version not in backend.versions:
            there = ", ".join(f"v{number}" for number in sorted(backend.versions))
            return error_answer(404, f"no version v{version} of {name} in the policy; there is {there}")
        return await backend.ask(version, request)

    async def _routed(self, name: str, request: Request) -> Reply:
        if name not in self._lanes:
            return self._no_model(name)
        if request.method == "POST":
            return await self._lanes[name].answer(request)
        return (
            json_answer(self._summary(name)) if request.method in READING else _not_allowed(request, (*READING, "POST"))
        )

    def _no_model(self, name: str) -> Reply:
        there = ", ".join(sorted(self._lanes))
        return error_answer(404, f"no model {reprlib.repr(name)} in the policy; there is {there}")

    def _summary(self, name: str) -> dict:
        """As the servers behind say it; the default is the version that gets most."""
        shares = self._lanes[name].shares()
        versions = sorted(self._lanes[name].backend.versions)
        return {"name": name, "versions": versions, "default": max(shares, key=shares.__getitem__)}

    def _state(self) -> Reply:
        models = {name: lane.as_dict() for name, lane in self._lanes.items()}
        return json_answer({"policy": self._policy_state(), "models": models})


def _not_allowed(request: Request, allowed: tuple[str, ...]) -> Reply:
    names = ", ".join(allowed)
    return error_answer(405, f"{request.method} is not for this address; expected one of {names}", (("Allow", names),))
