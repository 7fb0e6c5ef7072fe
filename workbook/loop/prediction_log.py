"""What servers and the front have logged of each request, joined by its id: who gave the answer that the user got.

The logs are the files ``predictions/*.log`` of a loop's folder, as ``workbook serve`` writes them: JSON, a line for
each request at each hop. The front's line says which version's answer went to the user. A server's line adds the
SHA-256 of the weights. A copy for a shadow and a canary that failed leave lines, too, and gave no answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbook.errors import UserError

LOGS = "predictions"
NEEDED = {"request": str, "time": str, "method": str, "status": int, "ms": int | float}
MORE = {"model": str, "weights": str}


@dataclass(frozen=True)
class Hop:
    """One line of a log: the name of its file, and what it says."""

    log: str
    line: dict

    @property
    def of_front(self) -> bool:
        """Whether a front wrote it, and not a server behind."""
        return "model_version" in self.line

    @property
    def version(self) -> int:
        """The version that answered; 0 if none has."""
        return int(self.line.get("model_version") or self.line.get("version") or 0)

    @property
    def good(self) -> bool:
        return self.line["status"] < 400 and self.version > 0 and "model" in self.line

    @property
    def refused(self) -> bool:
        """Whether the gate took the pictures for something else, and no version was asked."""
        return self.line.get("gate") == "refused"


@dataclass(frozen=True)
class Prediction:
    """An answer that a user got. ``weights`` is the SHA-256 of the file that was run, None if no log says which;
    ``hops`` are all its lines."""

    request: str
    time: str
    model: str
    version: int
    weights: str | None
    hops: tuple[Hop, ...]


def log_folder(home: Path) -> Path:
    """Where the logs are. Raises ``UserError`` if there is none."""
    folder = home / LOGS
    if not any(folder.glob("*.log")):
        raise UserError(f"{folder} holds no log: start a loop with `workbook loop`, or keep a server's log there")
    return folder


def prediction(home: Path, request: str) -> Prediction:
    """The prediction that the request with this id got.

    Raises ``UserError`` for an id that no log has, for one that several requests had, and for a request that got no
    prediction.
    """
    folder = log_folder(home)
    hops = [hop for hop in _hops(folder, json.dumps(request)) if hop.line["request"] == request]
    if not hops:
        raise UserError(f"no request {request!r} in {folder}: copy the id from the answer's header X-Request-Id")
    found = _joined(hops)
    if isinstance(found, str):
        raise UserError(f"request {request!r}: {found}")
    return found


def predictions(home: Path) -> Iterator[Prediction]:
    """All predictions of all logs, in the order in which they were given. Raises ``UserError`` if there is no log.

    Each answer that a user got is one, also if its id came twice or the log of its server is gone: whoever asks whom a
    bad batch has reached must not miss it.
    """
    hops = defaultdict(list)
    for hop in _hops(log_folder(home)):
        hops[hop.line["request"]].append(hop)
    found = [
        _told(hop, of_one) for of_one in hops.values() for hop in _of_users(of_one) if hop.good and not hop.refused
    ]
    yield from sorted(found, key=lambda one: one.time)


def _hops(folder: Path, wanted: str = "") -> Iterator[Hop]:
    """The lines about requests in which the text ``wanted`` is."""
    for path in sorted(folder.glob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                if wanted in text and (line := _request_in(text)):
                    yield Hop(path.name, line)


def _request_in(text: str) -> dict | None:
    """The content of a line that is about a request; None for what a server says besides, and for half a line."""
    try:
        line = json.loads(text)
    except ValueError:  # the last line of a process that was killed
        return None
    return line if isinstance(line, dict) and _is_of_ours(line) else None


def _is_of_ours(line: dict) -> bool:
    """Whether its fields are what the course's servers write: a log of another program may be in the folder, too."""
    kinds = NEEDED | {name: kind for name, kind in MORE.items() if name in line}
    versions = [line.get("model_version") or 0, line.get("version") or 0]
    fits = all(isinstance(line.get(name), kind) for name, kind in kinds.items())
    return fits and all(str(version).isdecimal() for version in versions)


def _of_users(hops: list[Hop]) -> list[Hop]:
    """Of the lines of one id those that say what users got: the front's, and a server's if there was no front."""
    return [hop for hop in hops if hop.of_front] or hops


def _joined(hops: list[Hop]) -> Prediction | str:
    """What the lines of one id come to; if it is no prediction, why not."""
    of_users = _of_users(hops)
    if len(of_users) > 1:
        return f"{len(of_users)} requests have this id, which their callers chose, so no one answer is meant"
    (hop,) = of_users
    if not hop.good:
        line = hop.line
        return f"{line['method']} {line.get('path', '')} got {line['status']} and no prediction ({hop.log})"
    if hop.refused:
        return f"the gate, {hop.line['model']} v{hop.version}, refused its pictures, so there is no prediction"
    found = _told(hop, hops)
    if found.weights is None:
        return f"{hop.log} says that v{hop.version} answered; the log of its server is not there: keep it beside"
    return found


def _told(hop: Hop, hops: list[Hop]) -> Prediction:
    """What ``hop``, one of the ``hops`` of an id, says that a user got."""
    behind = [other.line["weights"] for other in hops if other.good and "weights" in other.line and _alike(other, hop)]
    return Prediction(
        request=hop.line["request"],
        time=hop.line["time"],
        model=hop.line["model"],
        version=hop.version,
        weights=behind[-1] if behind and len(_of_users(hops)) == 1 else None,
        hops=tuple(hops),
    )


def _alike(one: Hop, other: Hop) -> bool:
    """Whether both are about the same version of the same model."""
    return (one.line["model"], one.version) == (other.line["model"], other.version)
