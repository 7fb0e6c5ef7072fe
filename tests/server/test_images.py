"""Image files over HTTP: the same pixels, and so the same answer, as from the client's own preprocessing."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import requests
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from server.pictures import read_pixels
from server.routes import MAX_FORM_PARTS

CLOTHES = "/models/clothes/v1"
FORM = "multipart/form-data; boundary=b"


def file_of(pixels: np.ndarray, kind: str) -> bytes:
    file = BytesIO()
    Image.fromarray(255 - pixels).resize((280, 280)).save(file, kind)
    return file.getvalue()


def png_with_text(length: int) -> bytes:
    file, info = BytesIO(), PngInfo()
    info.add_text("Comment", "a" * length, zip=True)
    Image.new("L", (28, 28)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.mark.parametrize(("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_an_image_as_the_body_is_classified_as_its_pixels_are(served, test_set, kind, content_type):
    content = file_of(test_set[0][0], kind)
    answer = requests.post(served + CLOTHES, data=content, headers={"Content-Type": content_type}, timeout=30).json()
    pixels = requests.post(served + CLOTHES, json={"image": read_pixels(content).tolist()}, timeout=30).json()
    assert answer == pixels
    assert answer["labels"] == ["Ankle boot"]


def test_several_files_in_the_multipart_field(served, test_set):
    files = [("image", (f"{number}.png", file_of(test_set[0][number], "PNG"))) for number in range(3)]
    answer = requests.post(served + CLOTHES, files=files, timeout=30).json()
    assert answer["labels"] == ["Ankle boot", "Pullover", "Trouser"]


def test_pixels_come_back_when_asked_for(served, test_set):
    content = file_of(test_set[0][0], "PNG")
    url = served + CLOTHES + "?pixels=1"
    answer = requests.post(url, data=content, headers={"Content-Type": "image/png"}, timeout=30).json()
    np.testing.assert_array_equal(answer["pixels"], [read_pixels(content)])


def test_a_model_of_another_range_gets_its_own(served):
    content = file_of(np.pad(np.full((14, 14), 240, np.uint8), 7), "PNG")
    url = served + "/models/digits/v1?pixels=1"
    pixels = requests.post(url, data=content, headers={"Content-Type": "image/png"}, timeout=30).json()["pixels"]
    assert np.shape(pixels) == (1, 8, 8)
    assert 10 < np.max(pixels) <= 16


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        ({"data": b"no picture", "headers": {"Content-Type": "image/png"}}, 400, "no whole PNG or JPEG"),
        ({"data": b"", "headers": {"Content-Type": "image/jpeg"}}, 400, "that is empty"),
        ({"files": {"photo": ("a.png", b"x")}}, 400, 'multipart field "image"; there is "photo"'),
        ({"files": {"image": (None, b"x")}}, 400, "a file's part has a filename"),
        (
            {"data": b"--a\r\n\r\n--a--", "headers": {"Content-Type": FORM}},
            400,
            "is the boundary the one",
        ),
        ({"data": png_with_text(2 << 20), "headers": {"Content-Type": "image/png"}}, 400, "text in the picture's file"),
        ({"files": {"image": ("a.png", b"x")}}, 400, "no whole PNG or JPEG"),
        ({"data": b"GIF89a", "headers": {"Content-Type": "image/gif"}}, 415, "image/png or image/jpeg"),
    ],
)
def test_what_is_no_image_is_refused_with_the_reason(served, options, status, reason):
    response = requests.post(served + CLOTHES, timeout=30, **options)
    assert response.status_code == status
    assert reason in response.json()["error"]


@pytest.mark.parametrize(
    "form",
    [{"image": [(BytesIO(b"x"), "x.png") for _ in range(1_001)]}, {"image": "x" * (1 << 20)}],
    ids=["1,001 files", "a long text"],
)
def test_more_than_a_form_may_hold_is_413(app, form):
    response = app.test_client().post(CLOTHES, data=form, content_type="multipart/form-data")
    assert response.status_code == 413
    assert f"{MAX_FORM_PARTS} parts" in response.get_json()["error"]
