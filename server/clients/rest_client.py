"""A client of TensorFlow Serving's REST API, which the model server of this course speaks, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property

import numpy as np

from server.clients.client import (
    NOT_OF_THAT_SHAPE,
    ImageClient,
    JsonCalls,
    Prediction,
    Refused,
    ServerError,
    prediction,
    spec_in,
)
from server.model_card import InputSpec
from server.preprocessing import BadInput, check_pixels

SIGNATURE = "labels"  # pixels in, scores and label out: see pipeline/saved_model.py


class RestClient(ImageClient):
    """Calls one model of TensorFlow Serving over HTTP.

    ``version`` is a number, a label that the server's configuration gives to a number, or None for the newest.
    ``url``, ``timeout`` and retries are as in ``server.clients.client.Client``.
    """

    def __init__(
        self, url: str, model: str = "clothes", version: int | str | None = None, timeout: float = 10.0
    ) -> None:
        kind = "labels" if isinstance(version, str) else "versions"
        self._json = JsonCalls(url, timeout, "workbook model-server")
        self._route = f"/v1/models/{model}" + ("" if version is None else f"/{kind}/{version}")

    def close(self) -> None:
        self._json.close()

    def info(self) -> dict:
        """``name``, ``version`` and ``input`` as in a model card, and the names of the ``signatures``."""
        metadata = self._json.call("GET", f"{self._route}/metadata")
        try:
            model, signatures = metadata["model_spec"], metadata["metadata"]["signature_def"]["signature_def"]
            pixels = signatures.get(SIGNATURE, {}).get("inputs", {}).get("pixels")
            shape = [int(size["size"]) for size in pixels["tensor_shape"]["dim"][1:]] if pixels else None
            name, version = model["name"], int(model["version"])
        except NOT_OF_THAT_SHAPE as error:
            raise ServerError(f"{self._route} answered without metadata: is that TensorFlow Serving?") from error
        return describe(name, version, shape, list(signatures))

    def _classify(self, batch: np.ndarray) -> Iterator[Prediction]:
        """Send pixels of shape (n, height, width), in one request, and yield n predictions in the same order.

        ``POST`` to ``:predict`` of the model and version in ``self._route``, through ``self._json``, so that the
        time-out and the three errors are the client's own. The pixels go to the signature ``SIGNATURE`` as whole
        numbers, those that ``pixels_for`` returns for ``self._input``: in rows, ``instances``, which are answered with
        ``predictions``, or in columns, ``inputs``, which are answered with ``outputs``. Each prediction has the
        ``label``, the model's ``scores``, float32, and the highest of these. Raises ``ServerError`` for an answer
        without them.
        """
        body = {"signature_name": SIGNATURE, "instances": pixels_for(batch, self._input).tolist()}
        answer = self._json.call("POST", f"{self._route}:predict", body)
        try:
            yield from [prediction(row["label"], row["scores"]) for row in answer["predictions"]]
        except NOT_OF_THAT_SHAPE as error:
            raise ServerError(f"{self._route} answered without predictions: is that TensorFlow Serving?") from error

    @cached_property
    def _input(self) -> InputSpec:
        return InputSpec(**self.info()["input"])


def describe(name: str, version: int, shape: list[int] | None, signatures: list[str]) -> dict:
    """What ``info`` answers. ``shape`` is (height, width), or None if the model has no such signature.

    Raises ``ServerError`` in that case.
    """
    if shape is None:
        raise ServerError(
            f"{name} version {version} has no signature {SIGNATURE!r} for pixels, but {', '.join(sorted(signatures))}: "
            "export it with pipeline.export"
        )
    spec = spec_in({"shape": shape})
    public = sorted(signature for signature in signatures if not signature.startswith("__"))  # not TensorFlow's own
    return {"name": name, "version": version, "input": asdict(spec), "signatures": public}


def pixels_for(batch: np.ndarray, spec: InputSpec) -> np.ndarray:
    """``batch`` as uint8. Raises ``Refused`` for what does not fit: no number is silently cut to eight bits."""
    try:
        return check_pixels(batch.tolist(), spec)
    except BadInput as error:
        raise Refused(f"not sent, because {error}") from error
