"""Between Granian and the application: a request is passed on once its whole body is there.

An application that waits for a slow sender's body itself is stuck as long as that takes: a handful of senders that stop
halfway would silence the server. Here they wait side by side, not forever, and in a bounded amount of memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

from server.production.environment import ARRIVED, environ_of, fault_of
from server.production.refusal import Refusal

# Larger bodies, and all pictures, are worked on in a thread of their own: other requests are answered meanwhile.
LIGHT_BYTES = 64 * 1024
# All bodies that one worker holds at a time: requests in progress must not grow with the number of senders.
HELD_BYTES = 64 * 1024 * 1024

CLOSE = (("Connection", "close"),)  # the rest of the body would be taken for the next request
TOO_SLOW = "the body of the request did not arrive in time; send it again, or a smaller one"
TOO_SHORT = "the body of the request broke off, before its Content-Length was reached or within its chunks"
TOO_MANY = "too many large requests are in progress; try again in a second"


class TooManyBodies(Exception):
    """This worker holds as much as it may."""


class Gateway:
    """An RSGI application (Granian's own interface) that calls the WSGI application ``app``.

    A body has ``seconds`` to arrive. Of one larger than ``max_bytes``, only enough is read to show that it is: its
    ``CONTENT_LENGTH`` tells ``app``, which has to refuse it. If ``refusal_of`` refuses a head, nothing of the body is
    held. What the gateway itself refuses is answered by ``observed``, which puts around a ``Refusal`` what ``app`` has
    around it, so that these are logged and counted, too.
    """

    def __init__(
        self,
        app: Callable,
        refusal_of: Callable[[dict], Refusal | None],
        observed: Callable[[Callable], Callable],
        max_bytes: int,
        seconds: float,
    ) -> None:
        self._app = app
        self._refusal_of = refusal_of
        self._observed = observed
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._held = 0
        self.leaving = False  # once it is True, each answer ends its connection
        self._heavy = ThreadPoolExecutor(1, thread_name_prefix="heavy")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        environ = environ_of(scope)
        body = bytearray()
        try:
            app = await self._app_for(environ, protocol, body)
            answer = await self._answer(app, environ, body)
        finally:
            self._held -= len(body)
        status, headers, content = answer
        protocol.response_bytes(status, [*headers, *CLOSE] if self.leaving else headers, content)

    async def _answer(self, app: Callable, environ: dict, body: bytearray) -> tuple[int, list, bytes]:
        """Status, headers and body of ``app``, to a request whose ``body`` is there."""
        environ["wsgi.input"] = io.BytesIO(body)
        environ[ARRIVED] = time.perf_counter()  # those that wait for the thread behind this wait for us
        if not _is_heavy(environ, body):
            return _answer_of(app, environ)
        return await asyncio.get_running_loop().run_in_executor(self._heavy, _answer_of, app, environ)

    async def _app_for(self, environ: dict, protocol: HTTPProtocol, body: bytearray) -> Callable:
        """The application, once ``body`` is there; otherwise a refusal."""
        if refusal := fault_of(environ) or self._refusal_of(environ):
            await self._pass_over(protocol)
            return self._observed(refusal)
        try:
            async with asyncio.timeout(self._seconds):
                await self._read(environ, protocol, body)
        except TimeoutError:
            return self._observed(Refusal(408, TOO_SLOW, CLOSE))
        except ProtocolClosed:  # a sender that only stopped sending can still read why
            return self._observed(Refusal(400, TOO_SHORT, CLOSE))
        except TooManyBodies:
            return self._observed(Refusal(503, TOO_MANY, (("Retry-After", "1"), *CLOSE)))
        return self._app

    async def _pass_over(self, protocol: HTTPProtocol) -> None:
        """Let the body of a refused request come, and discard it: a client that still sends would not read the
        answer."""
        passed = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                async for part in protocol:
                    passed += len(part)
                    if passed > self._max_bytes:
                        return

    async def _read(self, environ: dict, protocol: HTTPProtocol, body: bytearray) -> None:
        """Read into ``body``, part by part: a mere promise of a body takes no room. Raises ``TooManyBodies``."""
        chunked = environ.pop("HTTP_TRANSFER_ENCODING", None)
        length = int(environ.get("CONTENT_LENGTH", 0))
        if chunked:
            await self._read_parts(protocol, body)
            environ["CONTENT_LENGTH"] = str(len(body))
        elif LIGHT_BYTES < length <= self._max_bytes:
            await self._read_parts(protocol, body)
            if len(body) < length:
                raise ProtocolClosed
        elif 0 < length <= LIGHT_BYTES:
            body += await protocol()
            self._held += len(body)

    async def _read_parts(self, protocol: HTTPProtocol, body: bytearray) -> None:
        """Raises ``ProtocolClosed`` for parts that break off or are invalid: Granian returns an empty one for these."""
        empty = 0
        async for part in protocol:
            empty += not part
            if self._held + len(part) > HELD_BYTES:
                raise TooManyBodies
            body += part
            self._held += len(part)
            if len(body) > self._max_bytes:
                return
        if empty > 1:  # the last one is always empty
            raise ProtocolClosed


def nobody_is_refused(_: dict) -> None:
    """The ``refusal_of`` of a server that is open to all."""


def _is_heavy(environ: dict, body: bytearray) -> bool:
    """A picture of a few bytes may have millions of pixels."""
    return len(body) > LIGHT_BYTES or (len(body) > 0 and "json" not in environ.get("CONTENT_TYPE", ""))


def _answer_of(app: Callable, environ: dict) -> tuple[int, list, bytes]:
    """Status, headers and body, as a WSGI application (PEP 3333) gives them."""
    started: list = []
    chunks = app(environ, lambda status, headers, _=None: started.append((int(status[:3]), headers)))
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return *started[-1], body
