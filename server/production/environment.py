"""What a request is, in WSGI's terms, and whether it is one.

All layers behind it decide on these values, and so does Flask, which reads some of them more generously, such as
``post`` as ``POST``. What can be read in two ways is refused here, before anybody decides on it.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from server.production.refusal import Refusal

if TYPE_CHECKING:
    from granian.rsgi import Scope

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
READING = ("GET", "HEAD", "OPTIONS")  # what each address allows
# RFC 9110, 5.1, without "_": with it, Content_Length would become the same key as Content-Length. nginx, too, drops it.
HEADER_NAME = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")
MODEL_PATH = re.compile(r"/models/([^/]+)/v(\d{1,9})", re.ASCII)
# Of the environment, beside what PEP 3333 names: when the whole request was there, by time.perf_counter, in seconds.
ARRIVED = "server.arrived"
UNREADABLE = "server.unreadable"  # of the environment: names of headers, in lower case, whose values are not ASCII
HOST = re.compile(r"[\w.~%!$&'()*+;=:\[\]-]*", re.ASCII)  # RFC 3986, 3.2.2, without ",": that is two of them, joined


def environ_of(scope: Scope) -> dict:
    """WSGI's environment (PEP 3333), without its input. A header that comes more than once is joined by commas."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _as_wsgi(scope.path),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    headers = scope.headers.items()
    if len(headers) < len(scope.headers.keys()):
        environ[UNREADABLE] = frozenset(scope.headers.keys()) - {name for name, _ in headers}
    for name, value in headers:
        key = _environ_name(name)
        if key:
            environ[key] = f"{environ[key]},{_as_wsgi(value)}" if key in environ else _as_wsgi(value)
    return environ


def fault_of(environ: dict) -> Refusal | None:
    """Why this request may not be passed on; None if it may."""
    method = environ["REQUEST_METHOD"]
    if method not in KNOWN_METHODS:  # RFC 9110, 9.1: a method's name is in capitals
        allowed = ", ".join((*READING, "POST") if MODEL_PATH.fullmatch(environ["PATH_INFO"]) else READING)
        return Refusal(405, f"there is no method {method!r} here; expected one of {allowed}", (("Allow", allowed),))
    host = environ.get("HTTP_HOST")
    if host is None and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
        return Refusal(400, "the request has no Host header, or one that is not ASCII; HTTP/1.1 wants one")
    if host and not HOST.fullmatch(host):
        return Refusal(400, "the Host header does not name a single host; expected one, as in Host: localhost:8000")
    return None


def path_of(environ: dict) -> str:
    """The path as text. WSGI holds its bytes, one per character; those that are not UTF-8 become U+FFFD.

    An empty path may be absent: PEP 3333, environ Variables.
    """
    return environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace")


def _as_wsgi(text: str) -> str:
    """WSGI has text as bytes, one per character."""
    return text if text.isascii() else text.encode().decode("latin-1")


@lru_cache(maxsize=256)
def _environ_name(header: str) -> str:
    """Empty for a header that is left out."""
    if not HEADER_NAME.fullmatch(header):
        return ""
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
