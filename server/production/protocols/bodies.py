"""JSON bodies of other protocols than the server's own, read within the same limits."""

from __future__ import annotations

import orjson
from flask import Request
from werkzeug.exceptions import UnsupportedMediaType

from server.model_card import InputSpec
from server.payload import MAX_IMAGES
from server.preprocessing import BadInput

BESIDE = 256  # lists, objects and their members that a body may have beside its pixels


def json_of(request: Request, spec: InputSpec) -> dict:
    """The JSON object in the body of ``request``, which may hold ``MAX_IMAGES`` images of ``spec``.

    Raises ``BadInput`` for what is not a JSON object or has more members, and ``UnsupportedMediaType`` for a body
    that is packed or says that it is something else.
    """
    if request.content_encoding not in (None, "identity"):
        raise UnsupportedMediaType(f"the body is packed as {request.content_encoding}; send it unpacked")
    if not request.is_json:
        raise UnsupportedMediaType(f"the Content-Type is {request.mimetype or 'missing'}; expected application/json")
    body = request.get_data(cache=False)
    _check_size(body, spec)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is not valid JSON: {error if body else 'it is empty'}") from error
    if not isinstance(content, dict):
        raise BadInput("the body is not a JSON object")
    return content


def check_count(images: list) -> None:
    """Raise ``BadInput`` for more than ``MAX_IMAGES`` images."""
    if len(images) > MAX_IMAGES:
        raise BadInput(f"that is more than {MAX_IMAGES:,} images; send them in several requests")


def _check_size(body: bytes, spec: InputSpec) -> None:
    """Counted before they are made: in memory, an empty list takes about thirty times its two bytes."""
    height, width = spec.shape
    holders = MAX_IMAGES * (height + 2) + BESIDE  # an image may be an object with its rows in it
    if body.count(b"[") + body.count(b"{") > holders or body.count(b",") > MAX_IMAGES * height * width + BESIDE:
        raise BadInput(f"that is more than {MAX_IMAGES:,} images; send them in several requests")
