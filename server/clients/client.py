"""What an application imports to call a server of models: arrays and image files in, labels out.

``Client`` speaks to the reference server. ``RestClient`` and ``GrpcClient``, in the two modules beside this one, speak
to TensorFlow Serving. All three have the same methods, give the same results, and fail with the same errors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from server.pictures import read_pixels
from server.preprocessing import BadInput

BATCH_SIZE = 256
# Classifying changes nothing on the server, so to ask twice does no harm.
RETRIES = Retry(
    total=3,
    backoff_factor=0.2,
    status_forcelist=(502, 503, 504),
    allowed_methods=("GET", "POST"),
    raise_on_status=False,
)


class ServerError(RuntimeError):
    """The server could not answer. The message says what to do."""


class Unreachable(ServerError):
    """Nothing answered in time at that address."""


class Refused(ServerError):
    """The request is at fault; the reason is in the message."""


@dataclass(frozen=True)
class Prediction:
    """The best class of one image, its score, and the scores of all classes in the card's order."""

    label: str
    score: float
    scores: np.ndarray


class ImageClient(ABC):
    """What all clients can do. Every call raises ``Unreachable``, ``Refused`` or ``ServerError`` where it fails.

    Use it in a ``with`` statement, or call ``close`` yourself, where connections must not stay open.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """End the connections."""

    @abstractmethod
    def info(self) -> dict:
        """What the server says of the model: at least ``name``, ``version`` and ``input``, as a model card has them."""

    @abstractmethod
    def _classify(self, batch: np.ndarray) -> Iterator[Prediction]:
        """One request, with pixels of shape (n, height, width)."""

    def classify(self, images: np.ndarray) -> list[Prediction]:
        """Classify whole-number pixels: shape (n, height, width) for a batch, or (height, width) for one.

        At most ``BATCH_SIZE`` images go in one request, which ``_classify`` makes; a large batch goes in several, and
        comes back in order. Do not scale the pixels: the server does.
        """
        images = np.asarray(images)
        batch = images[np.newaxis] if images.ndim == 2 else images
        return [prediction for part in _parts(batch) for prediction in self._classify(part)]

    def classify_files(self, paths: Iterable[Path | str]) -> list[Prediction]:
        """Classify PNG and JPEG files of any size; see ``server.pictures`` for what is done to them.

        Raises ``BadInput`` for a file that is no picture, and ``FileNotFoundError``, before anything is sent.
        """
        height, width = self.info()["input"]["shape"]
        pixels = [_pixels_of(Path(path), (height, width)) for path in paths]
        return self.classify(np.stack(pixels)) if pixels else []


class Client(ImageClient):
    """Calls one version of one model of the reference server.

    ``timeout`` is in seconds, for connecting and for each wait on the answer. A connection that fails, and
    an answer of 502, 503 or 504, is tried again up to three times, waiting longer each time. Raises
    ``ValueError`` for a ``url`` without its scheme. ``token`` is the one that the operator gave you, if the server
    wants one.
    """

    def __init__(
        self, url: str, model: str = "clothes", version: int = 1, timeout: float = 10.0, token: str = ""
    ) -> None:
        self._json = JsonCalls(url, timeout, "workbook serve", token)
        self._route = f"/models/{model}/v{version}"

    def close(self) -> None:
        self._json.close()

    def info(self) -> dict:
        """The model card."""
        return self._json.call("GET", self._route)

    def _classify(self, batch: np.ndarray) -> Iterator[Prediction]:
        answer = self._json.call("POST", self._route, {"images": batch.tolist()})
        if not {"labels", "result"} <= answer.keys():
            raise ServerError(f"{self._route} answered without labels and result: is that the inference server?")
        for label, row in zip(answer["labels"], answer["result"], strict=True):
            yield Prediction(label, max(row), np.array(row, np.float32))


class JsonCalls:
    """JSON over HTTP to one server, with retries; ``command`` is what starts such a server."""

    def __init__(self, url: str, timeout: float, command: str, token: str = "") -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no address of a server: write it with http:// or https://")
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._command = command
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.mount("http://", HTTPAdapter(max_retries=RETRIES))
        self._session.mount("https://", HTTPAdapter(max_retries=RETRIES))

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, route: str, body: dict | None = None) -> dict:
        """Send one request, with ``body`` as JSON, and return the object that is answered.

        Raises ``Unreachable`` if nothing answers within the time-out; ``Refused`` for a status of 400 to 499 and
        ``ServerError`` from 500 on, both with the status and the answer's ``"error"`` in the message; and
        ``ServerError`` for an answer that is not JSON. No exception of ``requests`` comes out.
        """
        url = self._url + route
        try:
            response = self._session.request(method, url, json=body, timeout=self._timeout)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise Unreachable(
                f"no answer from {url} within {self._timeout:g} s a try: is the server running, and at "
                f"that address? Start it with `{self._command}`"
            ) from error
        return _answer_of(response)


def _pixels_of(path: Path, size: tuple[int, int]) -> np.ndarray:
    try:
        return read_pixels(path, size)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _parts(batch: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(batch), BATCH_SIZE):
        yield batch[start : start + BATCH_SIZE]


def _answer_of(response: requests.Response) -> dict:
    try:
        answer = response.json()
    except requests.JSONDecodeError as error:
        raise ServerError(
            f"{response.url} answered {response.status_code} without JSON: is that the inference server?"
        ) from error
    if response.ok:
        return answer
    reason = answer.get("error", "no reason given") if isinstance(answer, dict) else answer
    kind = Refused if response.status_code < 500 else ServerError
    raise kind(f"the server answered {response.status_code}: {reason}")
