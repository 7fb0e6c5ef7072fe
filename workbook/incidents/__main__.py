"""``python -m workbook.incidents NUMBER FOLDER``: see ``drill``. ``workbook incident`` is what people call."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from workbook.faults import catalog as faults
from workbook.incidents.catalog import find
from workbook.incidents.drill import serve


def main(number: str, folder: str) -> None:
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    serve(faults.find(find(int(number)).fault), Path(folder), int(os.environ["PORT"]), ended)


if __name__ == "__main__":
    main(*sys.argv[1:])
