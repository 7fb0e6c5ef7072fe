"""What is often sent by mistake: the answer names it, and says how it can be sent."""

from __future__ import annotations

import gzip
import pickle
from io import BytesIO

import numpy as np
import pytest
import requests
from PIL import Image

CLOTHES = "/models/clothes/v1"
JSON = {"Content-Type": "application/json"}
ROWS = [[0, 9] * 14] * 28
MISLEADING = {
    "gzip": ({"data": gzip.compress(b"{}"), "headers": {**JSON, "Content-Encoding": "gzip"}}, 415, "packed as gzip"),
    "gzip that is not told": ({"data": gzip.compress(b"{}"), "headers": JSON}, 400, "packed by gzip; send it unpacked"),
    "curl -d": ({"data": {"image": "1"}}, 415, "curl wants -H 'Content-Type: application/json'"),
    "no type": ({"data": b"{}"}, 415, "the Content-Type is missing"),
    "HEIC": ({"data": b"x", "headers": {"Content-Type": "image/heic"}}, 415, "save the picture as PNG or JPEG"),
    "a PNG as JSON": ({"data": b"\x89PNG\r\n\x1a\n", "headers": JSON}, 400, "send it with Content-Type: image/png"),
    "a JPEG as JSON": ({"data": b"\xff\xd8\xff\xe0", "headers": JSON}, 400, "Content-Type: image/jpeg"),
    "NumPy's file": ({"data": b"\x93NUMPY", "headers": JSON}, 400, "array.tolist()"),
    "a pickle": ({"data": pickle.dumps([1]), "headers": JSON}, 400, "pickle, which no server should open"),
    "UTF-16": ({"data": "{}".encode("utf-16"), "headers": JSON}, 400, "UTF-16"),
    "a byte order mark": ({"data": b"\xef\xbb\xbf{}", "headers": JSON}, 400, "byte order mark"),
    "nothing": ({"data": b"", "headers": JSON}, 400, "it is empty"),
    "Base64": ({"json": {"image": "iVBORw0KGgo="}}, 400, "not as Base64"),
    "several as Base64": ({"json": {"images": ["iVBORw0KGgo="]}}, 400, "not as Base64"),
    "another field": ({"files": {"file": ("x.png", b"x")}}, 400, '"image"; there is "file"'),
    "a last axis": ({"json": {"image": [[[9]] * 28] * 28}}, 400, "(28, 28, 1), with one axis too many at the end"),
    "one image as several": ({"json": {"images": ROWS}}, 400, "one image; expected a list of images"),
    "a huge number": ({"json": {"image": [[10**30, *ROWS[0][1:]], *ROWS[1:]]}}, 400, "the pixels go up to 1e+30"),
}


@pytest.mark.parametrize(("request_", "status", "says"), MISLEADING.values(), ids=MISLEADING.keys())
def test_what_is_often_sent_by_mistake_is_called_by_its_name(served, request_, status, says):
    response = requests.post(served + CLOTHES, timeout=30, **request_)
    assert response.status_code == status
    assert says in response.json()["error"]


@pytest.mark.parametrize("name", ["image/jpg", "image/pjpeg"])
def test_a_jpeg_by_another_name_is_read(served, name):
    picture = BytesIO()
    Image.fromarray(np.array(ROWS, np.uint8)).save(picture, "JPEG")
    assert (
        requests.post(served + CLOTHES, timeout=30, data=picture.getvalue(), headers={"Content-Type": name}).status_code
        == 200
    )
