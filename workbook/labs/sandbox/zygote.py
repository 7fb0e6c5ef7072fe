"""A process that has imported a lab's libraries, and forks a student's process on request: ``warm`` starts it.

It is a script of its own, which imports nothing of the course. Arguments: where its socket goes, the descriptor of the
lock that it holds until it is ready, and the modules to import. It ends when nobody has asked for a few minutes, or
when the socket is gone.

Between it and each student's process there is one more, which reports how that one ended, keeps its number taken until
then, and ends it when the checks have gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import types
from contextlib import suppress
from pathlib import Path

from numpy import random

sys.path[0] = str(Path(__file__).with_name("inside"))
import supervisor  # noqa: E402

IDLE_SECONDS = 300
LOOK_SECONDS = 2  # between looks at whether the socket is still there
REQUEST_BYTES = 65536
STREAMS = 3


def main() -> None:
    place, lock, *modules = sys.argv[1:]
    sys.path.pop(0)  # that of the script beside this one
    for module in modules:
        importlib.import_module(module)
    gc.freeze()  # or each fork would copy all of it when it first collects
    request = serve(Path(place), int(lock))
    if request is not None:  # here, with nothing above it, so that it ends as an independent process would
        become(*request)


def serve(place: Path, lock: int) -> tuple[dict, list[int]] | None:
    """Returns in each forked process what it is to become, and None in this one when it is no longer needed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    half = Path(f"{place}.{os.getpid()}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(half))
        server.listen(64)
        server.settimeout(LOOK_SECONDS)
        number = half.stat().st_ino
        half.rename(place)
        os.close(lock)
        asked = time.monotonic()
        while time.monotonic() - asked < IDLE_SECONDS and _number(place) == number:
            with suppress(TimeoutError):
                connection, _ = server.accept()
                asked = time.monotonic()
                with connection:
                    if os.fork() == 0:
                        server.close()
                        return look_after(connection)
        if _number(place) == number:
            place.unlink(missing_ok=True)
    return None


def look_after(connection: socket.socket) -> tuple[dict, list[int]]:
    """Returns in the student's process. The one above it ends here, after that one."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    supervisor.adopt_orphans()
    connection.settimeout(None)
    try:
        content, streams, _, _ = socket.recv_fds(connection, REQUEST_BYTES, STREAMS)
        request = json.loads(content)
        student = os.fork()
    except (OSError, ValueError):  # whoever asked has gone
        os._exit(1)
    if student == 0:
        os.setsid()
        return request, streams
    for stream in streams:
        os.close(stream)
    with suppress(OSError):
        connection.sendall(b"%d\n" % student)
        threading.Thread(target=_tell_end, args=(connection, student), daemon=True).start()
        connection.recv(1)  # returns when the checks have closed it, or have gone
    for end in (os.kill, os.killpg):
        with suppress(OSError):
            end(student, signal.SIGKILL)
    supervisor.end_children()
    os._exit(0)


def become(request: dict, streams: list[int]) -> None:
    """Go on as ``request["command"]``, a script and its arguments, started afresh."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    tempfile.tempdir = None
    random.seed()  # or all would draw the same random numbers
    sys.argv = request["command"]
    script = Path(sys.argv[0])
    sys.path.insert(0, str(script.parent))
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__file__ = str(script)
    exec(compile(script.read_bytes(), script, "exec", dont_inherit=True), vars(module))


def _tell_end(connection: socket.socket, student: int) -> None:
    end = os.waitid(os.P_PID, student, os.WEXITED | os.WNOWAIT)
    status = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
    with suppress(OSError):
        connection.sendall(b"%d\n" % status)


def _number(place: Path) -> int | None:
    try:
        return place.stat().st_ino
    except OSError:
        return None


if __name__ == "__main__":
    main()
