"""Load on a server, by wrk: a number of clients, each of which sends its next request when it has the answer."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from workbook.errors import UserError

SCRIPT = Path(__file__).with_name("post.lua")
# A client that gets no answer for this long counts as a socket error.
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Load:
    """What came of one load. Latencies, in ms, are those of all answers."""

    seconds: float
    requests: int
    refused: int
    socket_errors: int
    p50_ms: float
    p99_ms: float

    @property
    def answered(self) -> int:
        """Requests with a status of 2xx (wrk counts those from 400 on; none of the servers redirects)."""
        return self.requests - self.refused

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return self.answered / self.seconds


def require_wrk() -> str:
    """The path of the ``wrk`` command. Raises ``UserError``."""
    found = shutil.which("wrk")
    if not found:
        raise UserError("wrk, which makes the load, is missing: `apt install wrk`, or `brew install wrk` on macOS")
    return found


def put_load(url: str, body: Path, clients: int, seconds: int) -> Load:
    """Post the file ``body`` as JSON from ``clients`` connections for ``seconds``.

    One thread of wrk is enough for all of them. Raises ``RuntimeError`` with wrk's own words if it cannot connect.
    """
    command = [require_wrk(), "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s"]
    command += ["--timeout", f"{TIMEOUT_SECONDS}s", "--script", str(SCRIPT), url, "--", str(body)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 2 * TIMEOUT_SECONDS)
    if done.returncode:
        raise RuntimeError(f"wrk: {(done.stderr or done.stdout).strip()}")
    return parse(done.stdout)


def parse(output: str) -> Load:
    """Read the line that ``post.lua`` prints after wrk's own. Raises ``ValueError`` if there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return Load(**json.loads(line))
    raise ValueError(f"wrk printed no result: {output.strip()[-200:]!r}")
