"""``python -m workbook.incidents NUMBER FOLDER``: see ``drill``. ``workbook incident`` is what people call."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import psutil

from workbook.faults import catalog as faults
from workbook.incidents.catalog import find
from workbook.incidents.drill import serve

POLL_SECONDS = 0.2


def main(number: str, folder: str) -> None:
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    threading.Thread(target=end_with, args=(os.getppid(), ended), daemon=True).start()
    serve(faults.find(find(int(number)).fault), Path(folder), int(os.environ["PORT"]), ended)


def end_with(parent: int, ended: threading.Event) -> None:
    """Set ``ended`` once the process that started this one is gone: its terminal was closed, or it was killed."""
    while os.getppid() == parent and psutil.pid_exists(parent):  # Windows keeps the number, elsewhere it changes
        ended.wait(POLL_SECONDS)
    ended.set()


if __name__ == "__main__":
    main(*sys.argv[1:])
