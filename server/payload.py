"""What a request carries, taken out of it: JSON numbers, or an image file, into pixels."""

from __future__ import annotations

import numpy as np
import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from server.model_card import InputSpec
from server.preprocessing import BadInput, check_pixels

IMAGE_TYPES = ("image/png", "image/jpeg")
OTHER_NAMES = ("image/jpg", "image/pjpeg", "image/x-png")  # other names of the same two, which some clients use
IMAGE_FIELD = "image"
# A body that says it is JSON and begins like this is something else.
BEGINNINGS = {
    b"\x1f\x8b": "it is packed by gzip; send it unpacked",
    b"PK": "it is a zip archive; send what is in it",
    b"\x89PNG": "it is a PNG image; send it with Content-Type: image/png",
    b"\xff\xd8\xff": "it is a JPEG image; send it with Content-Type: image/jpeg",
    b"\x93NUMPY": "it is NumPy's file format; send array.tolist() as JSON",
    b"\x80": "it is Python's pickle, which no server should open; send JSON",
    b"\xef\xbb\xbf": "it begins with a byte order mark; save it as UTF-8 without one",
    b"\xff\xfe": "it is UTF-16; JSON is UTF-8",
    b"\xfe\xff": "it is UTF-16; JSON is UTF-8",
}
NESTED = b"[" * 64
MAX_IMAGES = 1024  # in one request of JSON


def pixels_of(request: Request, spec: InputSpec) -> np.ndarray:
    """The images of a request as uint8 pixels (n, height, width).

    Takes ``{"image": rows}`` or ``{"images": [rows, …]}`` as JSON, an image file as the body, or image files as
    multipart fields named ``image``. Raises ``BadInput``, ``UnsupportedMediaType`` for any other content type, and
    ``RequestEntityTooLarge``, which names the limits.
    """
    try:
        return _pixels_of(request, spec)
    except RequestEntityTooLarge as error:
        error.description = (
            f"that is too large; expected at most {request.max_content_length:,} bytes, in a form at most "
            f"{request.max_form_parts} parts and {request.max_form_memory_size:,} bytes that are not files"
        )
        raise


def _pixels_of(request: Request, spec: InputSpec) -> np.ndarray:
    if request.content_encoding not in (None, "identity"):
        raise UnsupportedMediaType(f"the body is packed as {request.content_encoding}; send it unpacked")
    if request.is_json:
        return pixels_in_json(request.get_data(cache=False), spec)
    if request.mimetype in (*IMAGE_TYPES, *OTHER_NAMES):
        return _scaled_to(spec, [request.get_data(cache=False)])
    if request.mimetype == "multipart/form-data":
        files = [file.read() for file in request.files.getlist(IMAGE_FIELD)]
        if not files:
            raise BadInput(f'expected a file in the multipart field "{IMAGE_FIELD}"; {_fields_of(request)}')
        return _scaled_to(spec, files)
    raise UnsupportedMediaType(_cure_for(request.mimetype))


def _fields_of(request: Request) -> str:
    if IMAGE_FIELD in request.form:
        return "it holds text: a file's part has a filename, which curl gives it for -F image=@coat.png"
    names = ", ".join(f'"{name}"' for name in [*request.files, *request.form][:3])
    return f"there is {names}" if names else "there is no part: is the boundary the one in the Content-Type?"


def _cure_for(media_type: str) -> str:
    expected = f"expected application/json, multipart/form-data, {' or '.join(IMAGE_TYPES)}"
    if media_type.startswith("image/"):
        return f"{media_type} is not read: save the picture as PNG or JPEG; {expected}"
    if media_type == "application/x-www-form-urlencoded":  # what curl -d says by default
        return f"the Content-Type is a form's; for JSON, curl wants -H 'Content-Type: application/json'; {expected}"
    return f"the Content-Type is {media_type or 'missing'}; {expected}"


def pixels_in_json(body: bytes, spec: InputSpec) -> np.ndarray:
    """The images of a JSON body as uint8 pixels (n, height, width).

    The body is ``{"image": rows}``, one image, or ``{"images": [rows, …]}``, a batch: an object with exactly one of the
    two. ``check_pixels`` says what the images must be. Raises ``BadInput`` for a body that is not JSON
    (``orjson.JSONDecodeError``) and for JSON that is not such an object.
    """
    _check_size(body, spec)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is not valid JSON: {_likeness_of(body) or error}") from error
    return check_pixels(_images_in(content), spec)


def _check_size(body: bytes, spec: InputSpec) -> None:
    """Raise ``BadInput`` for more lists and objects, or more members of these, than are in ``MAX_IMAGES`` images.

    They are counted before they are made: in memory, an empty list takes about thirty times its two bytes.
    """
    height, width = spec.shape
    if len(body) <= MAX_IMAGES:  # the smallest request has nothing to count
        return
    if (
        body.count(b"[") + body.count(b"{") > MAX_IMAGES * (height + 1) + 2
        or body.count(b",") > MAX_IMAGES * height * width
    ):
        raise BadInput(f"that is more than {MAX_IMAGES:,} images; send them in several requests")


def _likeness_of(body: bytes) -> str | None:
    """What a body that is not JSON looks like, and how that can be sent."""
    if not body:
        return "it is empty"
    if NESTED in body:  # the parser says that there is too little memory
        return "its lists are nested too deep"
    return next((likeness for beginning, likeness in BEGINNINGS.items() if body.startswith(beginning)), None)


def _images_in(body: object) -> object:
    if not isinstance(body, dict) or ("image" in body) == ("images" in body):
        raise BadInput('expected an object with either "image" (one image) or "images" (a list of images)')
    images = [body["image"]] if "image" in body else body["images"]
    if images and isinstance(images, list | str) and isinstance(images[0], str):
        raise BadInput(
            "an image is text; expected rows of numbers. A picture's file goes into the body as it is, not as Base64"
        )
    return images


def _scaled_to(spec: InputSpec, files: list[bytes]) -> np.ndarray:
    """Image files have 0 to 255; a model with another range gets them in its own."""
    from server.pictures import read_batch  # here, not above: most requests are JSON, and Pillow takes 3 MB per worker

    pixels = read_batch(files, spec.shape)
    if (spec.low, spec.high) == (0, 255):
        return pixels
    return np.round(spec.low + pixels / 255 * (spec.high - spec.low)).astype(np.uint8)
