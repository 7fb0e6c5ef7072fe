"""What a request carries, taken out of it: JSON numbers, or an image file, into pixels."""

from __future__ import annotations

import numpy as np
import orjson
from flask import Request
from werkzeug.exceptions import UnsupportedMediaType

from server.model_card import InputSpec
from server.preprocessing import BadInput, check_pixels

IMAGE_TYPES = ("image/png", "image/jpeg")
IMAGE_FIELD = "image"
MAX_IMAGES = 1024  # in one request of JSON


def pixels_of(request: Request, spec: InputSpec) -> np.ndarray:
    """The images of a request as uint8 pixels (n, height, width).

    Takes ``{"image": rows}`` or ``{"images": [rows, …]}`` as JSON, an image file as the body, or image files as
    multipart fields named ``image``. Raises ``BadInput``, and ``UnsupportedMediaType`` for another content type.
    """
    if request.is_json:
        return pixels_in_json(request.get_data(cache=False), spec)
    if request.mimetype in IMAGE_TYPES:
        return _scaled_to(spec, [request.get_data(cache=False)])
    if request.mimetype == "multipart/form-data":
        files = [file.read() for file in request.files.getlist(IMAGE_FIELD)]
        if not files:
            raise BadInput(f'expected a file in the multipart field "{IMAGE_FIELD}"')
        return _scaled_to(spec, files)
    raise UnsupportedMediaType(f"expected application/json, multipart/form-data, {' or '.join(IMAGE_TYPES)}")


def pixels_in_json(body: bytes, spec: InputSpec) -> np.ndarray:
    """The images of a JSON body as uint8 pixels (n, height, width).

    The body is ``{"image": rows}``, one image, or ``{"images": [rows, …]}``, a batch: an object with exactly one of
    the two. What the images must be is for ``check_pixels`` to say. Raises ``BadInput`` for a body that is not JSON
    (``orjson.JSONDecodeError``) and for JSON that is no such object.
    """
    _check_size(body, spec)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is not valid JSON: {error}") from error
    return check_pixels(_images_in(content), spec)


def _check_size(body: bytes, spec: InputSpec) -> None:
    """Raise ``BadInput`` for more lists and objects, or more members of these, than ``MAX_IMAGES`` consist of.

    Counted before they are made: in memory an empty list takes some thirty times its two bytes.
    """
    height, width = spec.shape
    if len(body) <= MAX_IMAGES:  # of the smallest request there is nothing to count
        return
    if (
        body.count(b"[") + body.count(b"{") > MAX_IMAGES * (height + 1) + 2
        or body.count(b",") > MAX_IMAGES * height * width
    ):
        raise BadInput(f"that is more than {MAX_IMAGES:,} images; send them in several requests")


def _images_in(body: object) -> object:
    if not isinstance(body, dict) or ("image" in body) == ("images" in body):
        raise BadInput('expected an object with either "image" (one image) or "images" (a list of images)')
    return [body["image"]] if "image" in body else body["images"]


def _scaled_to(spec: InputSpec, files: list[bytes]) -> np.ndarray:
    """Image files hold 0 to 255; a model of another range gets them in its own."""
    from server.pictures import read_batch  # here, not above: most requests are JSON, and Pillow takes 3 MB a worker

    pixels = read_batch(files, spec.shape)
    if (spec.low, spec.high) == (0, 255):
        return pixels
    return np.round(spec.low + pixels / 255 * (spec.high - spec.low)).astype(np.uint8)
