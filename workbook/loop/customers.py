"""The customers of a loop's service: a steady stream of pictures, each new, and what came back for each.

The stream knows what the pictures are, which the service does not. So it can say how many answers were right; and it
sells labels, of pictures that were sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Self
from urllib.parse import urlsplit

import numpy as np
import orjson

from pipeline.dataset import CLASSES
from pipeline.drift.troubles import troubled
from workbook.loop.service import ANSWER_SECONDS, MODEL

USERS = 1000
NO_ANSWER = 0


def at_most(rate: float, things: Iterable) -> Iterator:
    """Yield ``things``, ``rate`` a second at most: a server that is asked faster does not look at all of them."""
    began = time.monotonic()
    for number, thing in enumerate(things):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield thing


@dataclass(frozen=True)
class Visit:
    """One picture that was sent: seconds since the stream began, its place in the stream, and what came back.

    ``status`` is that of HTTP, 0 where no answer came; ``request`` is the answer's id and ``version`` who gave it.
    """

    time: float
    place: int
    status: int
    request: str = ""
    version: int = 0
    right: bool = False


class Customers:
    """Send the pictures of ``images`` (n, 28, 28), one after the other, ``rate`` a second, to the front at ``url``.

    ``labels`` (n,) say what they are. The sending begins with the ``with`` statement, and ends with it, or with the
    pictures. ``trouble`` is what the camera has now: a name of ``pipeline.drift.troubles``, or None. It and ``rate``
    may be changed while they come.
    """

    def __init__(self, url: str, images: np.ndarray, labels: np.ndarray, rate: float) -> None:
        self.trouble: str | None = None
        self.visits: list[Visit] = []
        self._address = urlsplit(url)
        self._images, self._labels = images, labels
        self._sent: list[np.ndarray] = []
        self.rate = rate
        self._gone = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._send_all, name="customers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._thread.join()

    @property
    def done(self) -> bool:
        """Whether all pictures were sent."""
        return not self._thread.is_alive()

    def seconds(self) -> float:
        """Since the stream began."""
        return time.monotonic() - self._began

    def sell(self, since: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first ``count`` pictures that were sent from place ``since`` on, as they were sent, and their labels.

        Fewer, if fewer were sent.
        """
        sent = self._sent[since : since + count]
        return np.stack(sent), self._labels[since : since + len(sent)]

    def _send_all(self) -> None:
        connection = HTTPConnection(self._address.hostname, self._address.port, timeout=ANSWER_SECONDS)
        due = time.monotonic()
        for place, image in enumerate(self._images):
            if self._gone.wait(max(0.0, due - time.monotonic())):
                break
            due = max(due + 1 / self.rate, time.monotonic() - 1)  # after a stall: catch up with a second, not with all
            seen = self._seen(image, place)
            self._sent.append(seen)
            self.visits.append(self._visit(connection, seen, place))
        connection.close()

    def _seen(self, image: np.ndarray, place: int) -> np.ndarray:
        trouble = self.trouble
        return image if trouble is None else troubled(image[None], trouble, seed=place)[0]

    def _visit(self, connection: HTTPConnection, image: np.ndarray, place: int) -> Visit:
        body = orjson.dumps({"image": image}, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = {"Content-Type": "application/json", "X-User-Id": str(place % USERS)}
        moment = self.seconds()
        try:
            connection.request("POST", f"/models/{MODEL}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            connection.close()
            return Visit(moment, place, NO_ANSWER)
        whose = answer.headers.get("X-Request-Id", ""), int(answer.headers.get("X-Model-Version", 0))
        if answer.status // 100 != 2:
            return Visit(moment, place, answer.status, *whose)
        right = orjson.loads(content)["labels"][0] == CLASSES[self._labels[place]]
        return Visit(moment, place, answer.status, *whose, right)


def accuracy(visits: Sequence[Visit]) -> float:
    """The share of right answers; NaN of none."""
    return float(np.mean([visit.right for visit in visits])) if visits else float("nan")
