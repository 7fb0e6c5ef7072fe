"""The way to the servers behind the front: HTTP/1.1 over connections that stay open, in the front's own event loop.

The HTTP clients at hand either hold a thread for each request or take longer than the model; and here one time limit
holds for the whole answer, however it trickles in.
"""

from __future__ import annotations

import asyncio
import re
import string
from urllib.parse import quote

from server.traffic.exchange.messages import BARE, Reply, Request, passed_on
from server.traffic.exchange.wire import TooLong, Wire

ANSWER_BYTES = 64 * 1024 * 1024  # of one answer: a server that has gone mad must not take all of the front's memory
INTERIM = re.compile(rb"HTTP/1\.1 1(?!01)\d\d[ \r]")  # 101 would be the start of another protocol
DECIMAL, HEXADECIMAL = re.compile(r"[0-9]+"), re.compile(rb"[0-9A-Fa-f]+")
QUERY = "".join(set(string.printable) - set(string.whitespace) - {"#"})  # what goes on as it came


class NoAnswer(Exception):
    """A server gave no whole answer. The message says how it failed, to be read after the server's name."""


class TookTooLong(NoAnswer):
    """It gave none in time."""


class _ClosedUnasked(NoAnswer):
    """The server had closed the connection before it read the request, or did so then: nothing came back."""


class Connection:
    """One connection to a server; ``reusable`` once an answer has been read that leaves it open."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.reusable = False

    @classmethod
    async def to(cls, server: str) -> Connection:
        """Connect to ``http://host:port``. Raises ``NoAnswer``."""
        host, _, port = server.removeprefix("http://").rpartition(":")
        try:
            loop = asyncio.get_running_loop()
            return cls((await loop.create_connection(Wire, host.strip("[]"), int(port)))[1])
        except OSError as error:
            raise NoAnswer("cannot be reached") from error

    @property
    def clean(self) -> bool:
        """Open, and nothing has come that nobody asked for: that would be taken for the next answer."""
        return not (self._wire.ended or self._wire.received)

    def close(self) -> None:
        self._wire.close()

    async def ask(self, head: bytes, request: Request) -> Reply:
        """Send the request, and read the answer. Raises ``NoAnswer``."""
        self.reusable, lines = False, b""
        self._wire.send(head + request.body)
        try:
            while INTERIM.match(lines := await self._wire.until(b"\r\n\r\n")):
                pass  # such as 103: the answer is still to come (RFC 9110, 15.2)
            return await self._answer(lines, request.method)
        except EOFError as error:
            unasked = not (lines or self._wire.received)
            raise (_ClosedUnasked() if unasked else NoAnswer("broke off within its answer")) from error
        except TooLong as error:
            raise NoAnswer("sent a head that is too long") from error
        except ValueError as error:
            raise NoAnswer("answered with what is no HTTP") from error

    async def _answer(self, lines: bytes, method: str) -> Reply:
        status, headers = _head(lines)
        fields = _framing(headers)
        bare = method == "HEAD" or status in BARE
        body = b"" if bare else await self._body(fields)
        whole = bare or "content-length" in fields or "transfer-encoding" in fields
        stays = lines.startswith(b"HTTP/1.1") and fields.get("connection", "").lower() != "close"
        self.reusable = whole and stays and self.clean
        return Reply(status, passed_on(headers), body)

    async def _body(self, fields: dict[str, str]) -> bytes:
        if "transfer-encoding" in fields:
            return await self._chunks()
        if "content-length" in fields:
            return await self._wire.exactly(_length(DECIMAL, fields["content-length"], 10))
        return await self._until_the_end()

    async def _until_the_end(self) -> bytes:
        while not self._wire.ended:
            await self._wire.more()
            _checked(len(self._wire.received))
        return self._wire.take(ANSWER_BYTES)

    async def _chunks(self) -> bytes:
        """RFC 9112, 7.1. Trailers are read, and dropped."""
        body = bytearray()
        while size := _length(HEXADECIMAL, (await self._wire.until(b"\r\n")).split(b";")[0].strip(), 16):
            _checked(len(body) + size)
            body += await self._wire.exactly(size)
            if await self._wire.exactly(2) != b"\r\n":
                raise ValueError("a chunk that does not end")
        while await self._wire.until(b"\r\n") != b"\r\n":
            pass
        return bytes(body)


class Upstreams:
    """Asks servers, and keeps the connections to them that can be used again."""

    def __init__(self) -> None:
        self._idle: dict[str, list[Connection]] = {}

    async def ask(self, server: str, path: str, request: Request, seconds: float) -> Reply:
        """The answer of ``server`` (``http://host:port``) to the request, at ``path`` with the request's own query.

        It has ``seconds`` for all of it. Raises ``NoAnswer``, and ``TookTooLong``, which is one.
        """
        head = _request_head(server, path, request)
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(server, head, request)
        except TimeoutError as error:
            raise TookTooLong(f"gave no answer in {seconds:g} s") from error

    def keep_only(self, servers: set[str]) -> None:
        """Close what is idle to servers that are asked no more."""
        for server in self._idle.keys() - servers:
            for connection in self._idle.pop(server):
                connection.close()

    async def _ask(self, server: str, head: bytes, request: Request) -> Reply:
        while connection := self._kept(server):
            try:
                return await self._ask_on(connection, server, head, request)
            except _ClosedUnasked:  # the server was tired of waiting, which is no failure: it is asked on another one
                continue
        try:
            return await self._ask_on(await Connection.to(server), server, head, request)
        except _ClosedUnasked as error:
            raise NoAnswer("closed the connection without an answer") from error

    def _kept(self, server: str) -> Connection | None:
        """A connection to use again, the one that was used last."""
        idle = self._idle.get(server, [])
        while idle:
            connection = idle.pop()
            if connection.clean:
                return connection
            connection.close()
        return None

    async def _ask_on(self, connection: Connection, server: str, head: bytes, request: Request) -> Reply:
        try:
            answer = await connection.ask(head, request)
        except BaseException:  # nobody knows what would still come on it
            connection.close()
            raise
        if connection.reusable:
            self._idle.setdefault(server, []).append(connection)
        else:
            connection.close()
        return answer


def _request_head(server: str, path: str, request: Request) -> bytes:
    target = f"{path}?{quote(request.query, QUERY)}" if request.query else path
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {server.removeprefix('http://')}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    lines += [f"Content-Length: {len(request.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _head(lines: bytes) -> tuple[int, list[tuple[str, str]]]:
    """Status and headers. Raises ``ValueError``."""
    first, *rest = lines.decode("latin-1").split("\r\n")[:-2]
    protocol, status, *_ = first.split(" ", 2)
    if protocol not in ("HTTP/1.1", "HTTP/1.0") or not 200 <= int(status) <= 599:
        raise ValueError(first)
    headers = []
    for line in rest:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise ValueError(line)
        headers.append((name, value.strip()))
    return int(status), headers


def _framing(headers: list[tuple[str, str]]) -> dict[str, str]:
    """What says where the answer ends, by names in lower case. Raises ``ValueError`` if it says two things."""
    fields: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key == "content-length" and fields.get(key, value) != value:
            raise ValueError("two lengths")
        fields[key] = value
    if fields.get("transfer-encoding", "chunked").lower() != "chunked":
        raise ValueError("an encoding that the front has not asked for")
    return fields


def _length(form: re.Pattern, text: str | bytes, base: int) -> int:
    if not form.fullmatch(text):  # int() would take a sign, "_" and "0x", too
        raise ValueError(text)
    return _checked(int(text, base))


def _checked(length: int) -> int:
    if not 0 <= length <= ANSWER_BYTES:
        raise ValueError(length)
    return length
