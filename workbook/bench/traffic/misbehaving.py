"""Servers that a front has to live with: one that answers 500, one that says nothing, and one that is not there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workbook.servers.process import free_port

BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def dead() -> str:
    """The address of a server that is not there."""
    return f"http://127.0.0.1:{free_port()}"


def broken():
    """A server that answers 500 to everything."""
    return _listening(BROKEN)


def silent():
    """A server that takes every request and answers none."""
    return _listening(b"")


@contextmanager
def _listening(answer: bytes) -> Iterator[str]:
    """The address of a server that gives this answer, in a thread; silent if it is empty."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    async def answer_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if not answer:
            await ended.wait()
        writer.write(answer)
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(answer_it, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_until_complete, args=[ended.wait()], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
