"""What an application imports to call the inference server: arrays and image files in, labels out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

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
    """The server answered that the request is at fault; its reason is in the message."""


@dataclass(frozen=True)
class Prediction:
    """The best class of one image, its score, and the scores of all classes in the card's order."""

    label: str
    score: float
    scores: np.ndarray


class Client:
    """Calls one version of one model.

    ``timeout`` is in seconds, for connecting and for each wait on the answer. A connection that fails, and
    an answer of 502, 503 or 504, is tried again up to three times, waiting longer each time. Raises
    ``ValueError`` for a ``url`` without its scheme.
    """

    def __init__(self, url: str, model: str = "clothes", version: int = 1, timeout: float = 10.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no address of a server: write it with http:// or https://")
        self._url = f"{url.rstrip('/')}/models/{model}/v{version}"
        self._timeout = timeout
        self._session = requests.Session()
        self._session.mount("http://", HTTPAdapter(max_retries=RETRIES))
        self._session.mount("https://", HTTPAdapter(max_retries=RETRIES))

    def info(self) -> dict:
        """The model card. Raises ``Unreachable``, ``Refused`` and ``ServerError``, as every call does."""
        return self._call("GET")

    def classify(self, images: np.ndarray) -> list[Prediction]:
        """Classify whole-number pixels: shape (n, height, width) for a batch, or (height, width) for one.

        A large batch goes in several requests. Do not scale the pixels: the server does.
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

    def _classify(self, batch: np.ndarray) -> Iterator[Prediction]:
        answer = self._call("POST", {"images": batch.tolist()})
        if not {"labels", "result"} <= answer.keys():
            raise ServerError(f"{self._url} answered without labels and result: is that the inference server?")
        for label, row in zip(answer["labels"], answer["result"], strict=True):
            yield Prediction(label, max(row), np.array(row, np.float32))

    def _call(self, method: str, body: dict | None = None) -> dict:
        try:
            response = self._session.request(method, self._url, json=body, timeout=self._timeout)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise Unreachable(
                f"no answer from {self._url} within {self._timeout:g} s a try: is the server running, and at "
                "that address? Start it with `workbook serve`"
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
