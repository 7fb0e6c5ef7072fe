"""A stand-in for a Kubernetes Service: connections go to one of the pods on its list, and stay there.

As with kube-proxy, what counts is the list at the moment a connection is made. It reads no HTTP and repeats nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK_BYTES = 64 * 1024


class Service:
    """``endpoints`` are the ports on this machine of the pods that get new connections, in turn.

    ``open`` counts the connections that each of them has now.
    """

    def __init__(self) -> None:
        self.endpoints: list[int] = []
        self.open: Counter[int] = Counter()
        self._turns = itertools.count()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection to the next pod; one that takes none closes it, as a machine that is gone would."""
        port = self.endpoints[next(self._turns) % len(self.endpoints)]
        self.open[port] += 1
        with contextlib.suppress(OSError, asyncio.CancelledError):  # or asyncio logs the cancelled one
            back, forth = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))
        self.open[port] -= 1
        writer.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(CHUNK_BYTES):
            target.write(chunk)
            await target.drain()
    target.close()


async def _end(listening: asyncio.Server) -> None:
    """Close the door, and what is still open behind it: a task that nobody ends is complained of much later."""
    listening.close()
    open_ones = asyncio.all_tasks() - {asyncio.current_task()}
    for one in open_ones:
        one.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)


@contextmanager
def serving(service: Service) -> Iterator[int]:
    """The port on this machine at which the service answers, from a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    listening = run(asyncio.start_server(service.connect, "127.0.0.1", 0))
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        run(_end(listening))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
