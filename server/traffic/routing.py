"""The four kinds of route: which version of a model answers a request, and who else is asked."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import BinaryIO, Protocol

from server.traffic import metrics, policy
from server.traffic.assignment import chance_point, share_point, version_at
from server.traffic.backend import Backend
from server.traffic.canary import ROLLED_BACK, CanaryState
from server.traffic.exchange.messages import Reply, Request
from server.traffic.shadow import ShadowCopies

log = logging.getLogger(__name__)


class Router(Protocol):
    async def answer(self, request: Request) -> Reply: ...

    def shares(self) -> dict[int, float]:
        """The part of the users' requests that each version answers now."""

    def as_dict(self) -> dict:
        """What ``GET /traffic`` shows of this route alone."""


class ToOneVersion:
    """``policy.OneVersion``"""

    def __init__(self, route: policy.OneVersion, backend: Backend) -> None:
        self._version = route.version
        self._backend = backend

    async def answer(self, request: Request) -> Reply:
        return await self._backend.ask(self._version, request)

    def shares(self) -> dict[int, float]:
        return {self._version: 1.0}

    def as_dict(self) -> dict:
        return {"kind": "version"}


class BySplit:
    """``policy.Split``"""

    def __init__(self, route: policy.Split, backend: Backend) -> None:
        self._route = route
        self._backend = backend

    async def answer(self, request: Request) -> Reply:
        return await self._backend.ask(version_at(_point(self._route, request), self._route.shares), request)

    def shares(self) -> dict[int, float]:
        return dict(self._route.shares)

    def as_dict(self) -> dict:
        return {"kind": "split", "key": self._route.key}


class WithShadow:
    """``policy.Shadow``"""

    def __init__(self, route: policy.Shadow, backend: Backend, lines: BinaryIO | None) -> None:
        self._route = route
        self._backend = backend
        self._copies = ShadowCopies(backend, route.shadow, lines)

    async def answer(self, request: Request) -> Reply:
        answer = await self._backend.ask(self._route.version, request)
        if answer.good:  # what the user got nothing from, there is nothing to compare with
            self._copies.offer(request, answer)
        return answer

    def shares(self) -> dict[int, float]:
        return {self._route.version: 1.0}

    def as_dict(self) -> dict:
        return {"kind": "shadow", "shadow": {"version": self._route.shadow, **self._copies.counts}}


class WithCanary:
    """``policy.Canary``. Where the canary fails, the stable version is asked: classifying is safe to repeat.

    The canary has failed if it gave no answer or one from 500 on, and if it refused what the stable version answers.
    """

    def __init__(self, route: policy.Canary, backend: Backend) -> None:
        self._route = route
        self._backend = backend
        self.state = CanaryState(route.plan)

    async def answer(self, request: Request) -> Reply:
        if _point(self._route, request) >= self.state.share:
            return await self._backend.ask(self._route.stable, request)
        started = time.monotonic()
        answer = await self._backend.ask(self._route.canary, request)
        seconds = time.monotonic() - started
        if answer.good:
            self._record(False, seconds)
            return answer
        second = await self._backend.ask(self._route.stable, request)
        if second.good or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._record(True, seconds)
            metrics.FALLBACKS.labels(self._backend.name, self._route.canary).inc()
            return second.with_headers(("X-Fallback-From", str(self._route.canary)))
        return second

    def shares(self) -> dict[int, float]:
        share = self.state.share
        return {self._route.stable: 1 - share, self._route.canary: share}

    def as_dict(self) -> dict:
        return {"kind": "canary", "canary": {"version": self._route.canary, **self.state.as_dict()}}

    def _record(self, failed: bool, seconds: float) -> None:
        if self.state.record(failed, seconds):
            level = logging.WARNING if self.state.phase == ROLLED_BACK else logging.INFO
            name, share = f"{self._backend.name} v{self._route.canary}", f"its share is now {self.state.share:g}"
            log.log(level, "canary %s: %s; %s", name, self.state.why, share)


def router_for(route: policy.Route, backend: Backend, lines: BinaryIO | None) -> Router:
    """The route of a policy at work; a shadow writes its comparisons to ``lines``."""
    match route:
        case policy.Split():
            return BySplit(route, backend)
        case policy.Shadow():
            return WithShadow(route, backend, lines)
        case policy.Canary():
            return WithCanary(route, backend)
    return ToOneVersion(route, backend)


def _point(route: policy.Split | policy.Canary, request: Request) -> float:
    """Where on the line this request is: by its key if it has one, by chance if not."""
    key = request.header(route.key) if route.key else ""
    return share_point(route.salt, key) if key else chance_point()
