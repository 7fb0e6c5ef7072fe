"""Plays the servers: what the student's tests ask comes here, and the application that is on trial answers it.

So neither a faulty server nor its name is ever where the student's code runs.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from workbook.labs.checks.assertions import Student
from workbook.labs.sandbox.student import NONSENSE, NoAnswer

MOST_REQUESTS = 2000
AT_ONCE = 32


def tried(student: Student, app: Callable, function: str, *arguments: object) -> dict:
    """What ``"module:function"`` in the student's process makes of an application: a value that it ``returned``, or the
    text with which it ``rejected`` it.

    Raises what the function raises, if that is no ``AssertionError``, and ``NoAnswer``.
    """
    events = _events(student, "driver:begin", function, list(arguments))
    under_way: dict[Future, int] = {}
    count = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while not events or "request" in events[-1]:
            for event in events:
                number, *request = event["request"]
                under_way[pool.submit(_answer_of, app, *request)] = number
            count += len(events)
            if count > MOST_REQUESTS:
                raise NoAnswer(f"more than {MOST_REQUESTS:,} requests to one server", disturbed=False)
            done = wait(under_way, return_when=FIRST_COMPLETED).done
            answers = [[under_way.pop(future), future.result()] for future in done]
            events = _events(student, "driver:go_on", answers, not under_way)
    return events[-1]


def _events(student: Student, function: str, *arguments: object) -> list[dict]:
    """What has happened there. Raises ``NoAnswer`` for what no driver says, for that process may say anything."""
    events = student.call(function, *arguments)
    if not isinstance(events, list) or not all(map(_is_event, events)):
        raise NoAnswer(NONSENSE, disturbed=False)
    return events


def _is_event(event: object) -> bool:
    if not isinstance(event, dict) or len(event) != 1:
        return False
    kinds = [type(part) for part in event.get("request", ())]
    return kinds == [int, str, str, str, bytes] or isinstance(event.get("rejected"), str) or "returned" in event


def _answer_of(app: Callable, method: str, path: str, kind: str, body: bytes) -> tuple[int, str, bytes]:
    """Status, content type and body that a WSGI application answers; 500 where it falls over."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        # A picture's file is no matter of this lab: the checks' own process need not read any.
        "CONTENT_TYPE": kind if kind.startswith("application/json") else "text/plain",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    started: list = []
    try:
        content = b"".join(app(environ, lambda status, headers, _=None: started.append((int(status[:3]), headers))))
    except Exception:  # whatever was sent: a server on trial must not end the trial
        return 500, "application/json", b'{"error": "the server fell over"}'
    status, headers = started[-1]
    return status, next((value for name, value in headers if name.lower() == "content-type"), ""), content
