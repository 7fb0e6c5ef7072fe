"""The bytes of one connection to a server. Asyncio's streams do not tell whether more has come than was read."""

from __future__ import annotations

import asyncio

HEAD_BYTES = 64 * 1024


class TooLong(ValueError):
    """No end within ``HEAD_BYTES``."""


class Wire(asyncio.Protocol):
    """``received`` is what has come and was not taken yet; ``ended`` is that nothing more will."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.ended = False
        self._waiting: asyncio.Future | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._wake()

    def connection_lost(self, _: Exception | None) -> None:
        self.ended = True
        self._wake()

    def send(self, data: bytes) -> None:
        """Send without waiting: ``data`` is in memory already."""
        self._transport.write(data)

    def close(self) -> None:
        self._transport.abort()

    async def more(self) -> None:
        """Wait until more has come, or the end. Raises ``EOFError`` after the end."""
        if self.ended:
            raise EOFError
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting

    async def until(self, mark: bytes) -> bytes:
        """All up to ``mark``, and it. Raises ``EOFError`` and ``TooLong``."""
        while (end := self.received.find(mark, 0, HEAD_BYTES)) < 0:
            if len(self.received) >= HEAD_BYTES:
                raise TooLong
            await self.more()
        return self.take(end + len(mark))

    async def exactly(self, number: int) -> bytes:
        """The next ``number`` bytes. Raises ``EOFError``."""
        while len(self.received) < number:
            await self.more()
        return self.take(number)

    def take(self, number: int) -> bytes:
        """At most so many of the bytes that have come."""
        taken = bytes(self.received[:number])
        del self.received[:number]
        return taken

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)
