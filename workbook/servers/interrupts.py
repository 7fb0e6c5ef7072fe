"""Ctrl+C at the wrong moment: between starting something and knowing of it, or while it is being cleared away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl+C and SIGTERM in here take effect at the end. For what is short, and must be known of once it is there."""
    if threading.current_thread() is not threading.main_thread():  # no signal reaches it
        yield
        return
    held: list[int] = []
    with _handling(lambda number, _: held.append(number)):
        yield
    for number in held[:1]:
        signal.raise_signal(number)


@contextmanager
def interrupted_once() -> Iterator[None]:
    """The first Ctrl+C or SIGTERM raises ``KeyboardInterrupt``. Another would end the clearing up, and does nothing."""

    def interrupt(*_: object) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM ends all that was started, as Ctrl+C does; by itself it would end this process alone."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with _handling(interrupt, (signal.SIGTERM,)):
        yield


@contextmanager
def _handling(handler: Callable[[int, object], None], signals: Iterable[int] = SIGNALS) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
