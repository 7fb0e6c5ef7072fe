"""The policy's file, looked at again and again: a change counts at once, and a broken one is refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from server.traffic import metrics
from server.traffic.policy import Policy, read_policy
from server.traffic.strict_table import PolicyError

POLL_SECONDS = 0.1

log = logging.getLogger(__name__)


class PolicyFile:
    """The file ``path``. Each sound policy that is found in it is handed to ``use``, the first one at once.

    Raises ``PolicyError`` if there is none to begin with.
    """

    def __init__(self, path: Path, use: Callable[[Policy], None]) -> None:
        self._path = path
        self._use = use
        self._refused = ""
        self._stamp = self._seen = _stamp_of(path)
        self._take(read_policy(path))

    async def keep_looking(self) -> None:
        """Look ten times a second, until it is canceled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self.look()

    def look(self) -> None:
        """Take the policy if the file has changed, and is the same at two looks: half a file may be a policy, too."""
        stamp, before = _stamp_of(self._path), self._seen
        self._seen = stamp
        if stamp == self._stamp or stamp != before:
            return
        self._stamp = stamp
        try:
            self._take(read_policy(self._path))
        except PolicyError as error:
            self._refused = str(error)
            metrics.POLICIES.labels("refused").inc()
            log.warning("the policy stays as it was, since the new one cannot be used: %s", error)
        else:
            log.info("policy taken: %s", self._path)

    def as_dict(self) -> dict:
        """What ``GET /traffic`` shows. ``refused`` is why the newest content of the file is not in use, or null."""
        return {"file": self._path.name, "sha256": self._digest, "taken": self._taken, "refused": self._refused or None}

    def _take(self, policy: Policy) -> None:
        self._use(policy)
        self._digest, self._taken, self._refused = policy.digest, datetime.now(UTC), ""
        metrics.POLICIES.labels("taken").inc()


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    """What differs after a change, or None while there is no such file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
