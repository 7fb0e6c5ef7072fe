"""What an application imports to call a server of models: arrays and image files in, labels out.

``Client`` speaks to the reference server. ``RestClient`` and ``GrpcClient``, in the two modules beside this one, speak
to TensorFlow Serving. All three have the same methods, return the same results, and raise the same errors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from server.model_card import InputSpec
from server.pictures import read_pixels
from server.preprocessing import BadInput, to_range
from server.proxies import hint, host_of, is_loopback

BATCH_SIZE = 256
# Classifying changes nothing on the server, so asking twice does no harm.
RETRIES = Retry(
    total=3,
    backoff_factor=0.2,
    backoff_jitter=0.2,  # seconds at most, by chance: clients that failed together do not all come back together
    status_forcelist=(502, 503, 504),
    allowed_methods=("GET", "POST"),
    raise_on_status=False,
    retry_after_max=10,  # seconds; urllib3 would wait for six hours if a server asks for it
)
# What Python and NumPy raise for an answer with something other than expected.
NOT_OF_THAT_SHAPE = (AttributeError, LookupError, TypeError, ValueError, OverflowError)
MAX_EDGE = 8192  # pixels: no model has an input as large as this

Picture = Path | str | bytes | BinaryIO


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
    """What all clients can do. Every call that fails raises ``Unreachable``, ``Refused`` or ``ServerError``.

    If connections must not stay open, use it in a ``with`` statement or call ``close`` yourself.
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
        """What the server says about the model: at least ``name``, ``version`` and ``input``, as in a model card."""

    @abstractmethod
    def _classify(self, batch: np.ndarray) -> Iterator[Prediction]:
        """One request, with pixels of shape (n, height, width)."""

    def classify(self, images: np.ndarray) -> list[Prediction]:
        """Classify whole-number pixels: shape (n, height, width) for a batch, or (height, width) for one.

        At most ``BATCH_SIZE`` images go in one request, which ``_classify`` makes; a larger batch goes in several, and
        comes back in order. Do not scale the pixels: the server does.
        """
        images = _array_of(images)
        batch = images[np.newaxis] if images.ndim == 2 else images
        return [prediction for part in _parts(batch) for prediction in self._one_for_each(part)]

    def classify_files(self, paths: Picture | Iterable[Picture]) -> list[Prediction]:
        """Classify PNG and JPEG files of any size; see ``server.pictures`` for what is done to them.

        They become pixels of the ``shape`` in ``input`` of ``info()``, in the range from ``low`` to ``high``. One
        picture or many, each as its path, its bytes, or a file that is open for reading bytes. Raises ``BadInput`` for
        what is not a picture, and ``FileNotFoundError`` or another ``OSError``, before anything is sent.
        """
        spec = spec_in(self.info().get("input") or {})
        pixels = [_pixels_of(source, spec.shape) for source in _pictures_in(paths)]
        return self.classify(to_range(np.stack(pixels), spec)) if pixels else []

    def _one_for_each(self, batch: np.ndarray) -> list[Prediction]:
        predictions = list(self._classify(batch))
        if len(predictions) != len(batch):
            raise ServerError(f"the server answered {len(predictions)} predictions for {len(batch)} images")
        return predictions


class Client(ImageClient):
    """Calls one version of one model of the reference server.

    ``timeout`` is in seconds, for connecting and for each wait for the answer. A connection that fails, and an answer
    of 502, 503 or 504, is tried again up to three times, waiting longer each time. Raises ``ValueError`` for a ``url``
    without its scheme, and for a ``token`` that no header can carry. If the server wants a token, it is the one that
    the operator gave you.
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
        yield from predictions_of(answer, self._route)


class JsonCalls:
    """JSON over HTTP to one server, with retries; ``command`` is what starts such a server."""

    def __init__(self, url: str, timeout: float, command: str, token: str = "") -> None:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is not the address of a server: write it with http:// or https://")
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the token has characters that no token has: copy it again, without spaces or line ends")
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._command = command
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(host_of(self._url))
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.mount("http://", HTTPAdapter(max_retries=RETRIES))
        self._session.mount("https://", HTTPAdapter(max_retries=RETRIES))

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, route: str, body: dict | None = None) -> dict:
        """Send one request, with ``body`` as JSON, and return the object in the answer.

        Raises ``Unreachable`` if nothing answers within the time-out; ``Refused`` for a status of 400 to 499 and
        ``ServerError`` for any other except 200 to 299, both with the status and the answer's ``"error"`` in the
        message; and ``ServerError`` for an answer that is not JSON, or that leads from one address to the next without
        end. No exception from ``requests`` gets out.
        """
        url = self._url + route
        try:
            response = self._session.request(method, url, json=body, timeout=self._timeout)
        except (requests.exceptions.InvalidJSONError, TypeError) as error:
            raise Refused(f"not sent, because it is not JSON: {error}") from error
        except requests.TooManyRedirects as error:
            raise ServerError(f"{url} leads from one address to the next without end: is that the server?") from error
        except ValueError as error:  # including those of requests for an address, and for one that it was redirected to
            raise Unreachable(f"{url!r} is not the address of a server, or leads to none: {error}") from error
        except requests.RequestException as error:
            raise Unreachable(
                f"no answer from {url} within {self._timeout:g} s a try: is the server running, and at "
                f"that address? Start it with `{self._command}`{hint(url, (url.partition(':')[0], 'all'))}"
            ) from error
        return _answer_of(response)


def predictions_of(answer: dict, route: str) -> list[Prediction]:
    """The predictions in an answer of the reference server. Raises ``ServerError`` for an answer without them."""
    try:
        return [prediction(*pair) for pair in zip(answer["labels"], answer["result"], strict=True)]
    except NOT_OF_THAT_SHAPE as error:
        raise ServerError(f"{route} answered without labels and result: is that the inference server?") from error


def prediction(label: object, scores: object) -> Prediction:
    """One of an answer's predictions. Raises one of ``NOT_OF_THAT_SHAPE`` if it is not a label with its scores."""
    row = np.asarray(scores)
    if row.ndim != 1 or row.dtype.kind not in "fiu" or not isinstance(label, str):
        raise ValueError("expected a label and a list of scores")
    return Prediction(label, float(max(scores)), row.astype(np.float32))


def spec_in(card: object) -> InputSpec:
    """The ``input`` of a model card, as a server sent it; what is missing is as in Fashion-MNIST.

    Raises ``ServerError``.
    """
    try:
        height, width = card.get("shape", (28, 28))
        low, high = card.get("low", 0), card.get("high", 255)
        ordered = 0 < height <= MAX_EDGE and 0 < width <= MAX_EDGE and 0 <= low < high <= 255
    except NOT_OF_THAT_SHAPE:
        ordered = False
    if not ordered or {type(number) for number in (height, width, low, high)} != {int}:
        raise ServerError(f"the server says of the model's input {str(card)[:200]}: expected a shape, low and high")
    return InputSpec((height, width), low, high)


def _array_of(images: object) -> np.ndarray:
    """``images`` as an array of numbers with a first axis. Raises ``Refused``."""
    try:
        array = np.asarray(images)
    except Exception as error:  # NumPy's for rows of different lengths, and any that an object raises when it is asked
        raise Refused(f"not sent, because the images are not an array of one shape: {error}") from error
    if array.ndim < 2 or array.dtype.kind not in "biuf":
        raise Refused(
            f"not sent, because it is an array of {array.dtype} of shape {array.shape}; expected whole numbers of "
            "shape (n, height, width), or (height, width) for one image"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Refused("not sent, because some pixels are not numbers (NaN or infinite)")
    return array


def _pictures_in(paths: Picture | Iterable[Picture]) -> list[Picture]:
    one = isinstance(paths, str | bytes | Path) or hasattr(paths, "read")
    return [paths] if one else list(paths)


def _pixels_of(source: Picture, size: tuple[int, int]) -> np.ndarray:
    if hasattr(source, "read"):
        name, content = getattr(source, "name", "the open file"), source.read()
    elif isinstance(source, bytes | bytearray | memoryview):
        name, content = "the bytes given", bytes(source)
    else:
        name = content = Path(source)
    try:
        return read_pixels(content, size)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error


def _parts(batch: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(batch), BATCH_SIZE):
        yield batch[start : start + BATCH_SIZE]


def _answer_of(response: requests.Response) -> dict:
    try:
        answer = response.json()
    except (ValueError, RecursionError) as error:
        raise ServerError(
            f"{response.url} answered {response.status_code} without JSON: is that the inference server?"
        ) from error
    well = 200 <= response.status_code < 300
    if well and isinstance(answer, dict):
        return answer
    if well:
        raise ServerError(f"{response.url} answered JSON, but not an object: is that the inference server?")
    reason = answer.get("error", "no reason given") if isinstance(answer, dict) else answer
    kind = Refused if 400 <= response.status_code < 500 else ServerError
    raise kind(f"the server answered {response.status_code}: {reason}")
