"""The versions of one model, each behind its own server: asks one of them, and keeps count."""

from __future__ import annotations

import time
from http import HTTPStatus

from server.traffic import metrics
from server.traffic.exchange.messages import Reply, Request, error_answer
from server.traffic.exchange.upstream import NoAnswer, TookTooLong, Upstreams
from server.traffic.policy import ModelPolicy

AGAIN = (("Retry-After", "1"),)


class Backend:
    """Asks the versions of the model ``name``. ``counts`` has for each version how many were asked and have failed."""

    def __init__(self, name: str, policy: ModelPolicy, upstreams: Upstreams) -> None:
        self.name = name
        self.versions = tuple(policy.versions)
        self.counts = {version: {"asked": 0, "failed": 0} for version in policy.versions}
        self._servers = policy.versions
        self._seconds = policy.timeout_seconds
        self._upstreams = upstreams

    async def ask(self, version: int, request: Request) -> Reply:
        """Its answer, with headers that say whose it is; 503 if the server cannot be had, 504 if it takes too long.

        Failed is a status from 500 on.
        """
        started = time.perf_counter()
        answer = await self._answer(version, request)
        count, series = self.counts[version], (self.name, version)
        count["asked"] += 1
        count["failed"] += answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        metrics.ANSWERS.labels(*series, answer.status).inc()
        metrics.SECONDS.labels(*series).observe(time.perf_counter() - started)
        return answer.with_headers(("X-Model", self.name), ("X-Model-Version", str(version)))

    async def _answer(self, version: int, request: Request) -> Reply:
        path = f"/models/{self.name}/v{version}"
        try:
            return await self._upstreams.ask(self._servers[version], path, request, self._seconds)
        except TookTooLong as error:
            return error_answer(504, f"the server of {self.name} v{version} {error}; try again later", AGAIN)
        except NoAnswer as error:
            return error_answer(503, f"the server of {self.name} v{version} {error}; try again later", AGAIN)
