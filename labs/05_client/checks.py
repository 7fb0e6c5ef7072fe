"""The checks of lab 05: files of many kinds, and what is made of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from samples import alike, encoded, photo, turned

from server import pictures
from workbook.labs.checks.assertions import Student, check, expect, returned

UPRIGHT, GRAY = "Turn it upright", "Turn it to gray, on white paper"
LIGHT, SHRINK, TOGETHER = "Make it light on dark", "Shrink it, keeping its proportions", "Put the steps together"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


def step(student: Student, sent: str, expected: str, function: str, *arguments: object) -> np.ndarray:
    """The pixels of the picture that one step returns."""
    return stepped(student, sent, expected, function, *arguments)["pixels"]


def stepped(student: Student, sent: str, expected: str, function: str, *arguments: object) -> dict:
    got = returned(student, sent, expected, "driver:step", function, *arguments)
    expect(isinstance(got, dict) and "mode" in got, sent, "a picture of Pillow's", got, fits=False)
    return got


# Task 1


@check(task=1, points=1, likely="the orientation in the EXIF data is ignored", read=UPRIGHT)
def test_a_sideways_photo_is_turned(student: Student):
    """A photo that says how it was held is turned upright"""
    for orientation in (3, 6, 8, 5):
        content, expected = turned(orientation)
        sent = f"a JPEG with the EXIF orientation {orientation}"
        got = step(student, sent, "it turned", "upright", content)
        expect(np.array_equal(got, expected), sent, "it turned", got)


@check(task=1, points=1, likely="every picture is turned, or one without EXIF data returns None", read=UPRIGHT)
def test_a_picture_that_says_nothing_stays(student: Student, random):
    """A picture that says nothing stays as it is"""
    picture, expected = photo(random), "the same picture"
    for sent, content in (
        ("a PNG without EXIF data", encoded(picture)),
        ("a PNG whose EXIF data is damaged", encoded(picture, exif=b"damaged on its way")),
    ):
        got = step(student, sent, expected, "upright", content)
        expect(np.array_equal(got, np.asarray(picture)), sent, expected, got)


# Task 2


@check(task=2, points=1, likely="`convert` to a mode other than L", read=GRAY)
def test_color_becomes_gray(student: Student, random):
    """Color becomes levels from 0 black to 255 white"""
    colors = np.array([[[0, 0, 0], [255, 255, 255]], [[120, 120, 120], [255, 0, 0]]], np.uint8)
    sent, expected = "black, white, gray of 120, red", "mode L with 0, 255, 120 and about 76"
    got = stepped(student, sent, expected, "to_gray", encoded(Image.fromarray(colors)))
    levels = np.ravel(got["pixels"]).tolist()
    right = got["mode"] == "L" and len(levels) == 4 and levels[:3] == [0, 255, 120] and 50 <= levels[3] <= 100
    expect(right, sent, expected, f"mode {got['mode']} with {levels}", fits=got["mode"] != "L")
    for height, width in ((700, 30), (30, 700)):
        large = Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))
        sent, expected = f"a colored picture of {width}x{height}", "the gray of each pixel in its place"
        levels = step(student, sent, expected, "to_gray", encoded(large))
        same = levels.shape == (height, width) and np.abs(levels - np.asarray(large.convert("L"), float)).max() < 20
        expect(same, sent, expected, levels, fits=False)


@check(task=2, points=2, likely="transparency was thrown away, which exposed the black below it", read=GRAY)
def test_what_is_transparent_becomes_white(student: Student):
    """What is transparent becomes white paper"""
    layer = Image.new("RGBA", (6, 6), (0, 0, 0, 0))
    layer.paste((0, 0, 0, 255), (0, 0, 3, 3))
    palette = layer.quantize(4)
    for kind, content in (("RGBA", encoded(layer)), ("gray with alpha", encoded(layer.convert("LA"))),
                          ("palette", encoded(palette))):  # fmt: skip
        sent, expected = f"a transparent PNG ({kind}) with a black corner", "black on white, 6x6 levels of gray"
        got = step(student, sent, expected, "to_gray", content)
        expect(got.shape == (6, 6), sent, expected, got, fits=False)
        expect(got[1, 1] == 0 and got[5, 5] == 255, sent, expected, f"{got[1, 1]} on {got[5, 5]}")


# Task 3


@check(task=3, points=1, likely="dark on light is not inverted", read=LIGHT)
def test_dark_on_light_is_negated(student: Student, random):
    """A dark object on a light background becomes light on dark"""
    for ground, ink in ((255, 20), (150, 40)):
        picture = photo(random, ground, ink)
        sent = f"an object of {ink} on a background of {ground}"
        got = step(student, sent, "the negative", "light_on_dark", encoded(picture))
        same = np.array_equal(got, np.asarray(picture))
        expect(np.array_equal(got, 255 - np.asarray(picture)), sent, "the negative", got, fits=same)


@check(task=3, points=1, likely="every picture is inverted, or the mean is compared with a fixed number", read=LIGHT)
def test_light_on_dark_stays(student: Student, random):
    """A light object on a darker background stays, however light that is"""
    for ground, ink in ((0, 230), (140, 250), (90, 90)):
        picture = photo(random, ground, ink)
        sent = f"an object of {ink} on {ground}"
        got = step(student, sent, "the same picture", "light_on_dark", encoded(picture))
        negative = np.array_equal(got, 255 - np.asarray(picture))
        expect(np.array_equal(got, np.asarray(picture)), sent, "the same picture", got, fits=negative)


# Task 4


@check(task=4, points=1, likely="`resize` stretches the picture to the new size", read=SHRINK)
def test_proportions_are_kept(student: Student):
    """Proportions are kept, and the rest is black"""
    for width, height in ((200, 50), (40, 160)):
        sent, content = f"a white picture of {width}x{height}, size (28, 28)", Image.new("L", (width, height), 255)
        got = step(student, sent, "28 rows of 28", "center", encoded(content), (28, 28))
        expect(got.shape == (28, 28), sent, "28 rows of 28", got, fits=False)
        rows, columns = np.nonzero(got > 127)
        spans = f"{np.ptp(columns) + 1}x{np.ptp(rows) + 1}" if len(rows) else "nothing"
        wanted = "28x7" if width > height else "7x28"
        expect(spans == wanted, sent, f"white, {wanted}", f"white, {spans}", fits=spans == "28x28")
        middle = f"around row {rows.mean():.1f}, column {columns.mean():.1f}"
        right = np.allclose((rows.mean(), columns.mean()), 13.5, atol=0.6)
        expect(right, sent, "white in the middle, around row 13.5, column 13.5", middle, fits=False)
        rest = sorted({int(got[0, 0]), int(got[-1, -1])})
        expect(rest == [0], sent, "0, which is black, in the corners", f"{rest} in the corners", fits=False)


@check(task=4, points=1, likely="height and width are swapped: Pillow wants the width first", read=SHRINK)
def test_the_size_is_height_by_width(student: Student):
    """The size is (height, width)"""
    sent, expected = "size (10, 30)", "10 rows of 30 pixels"
    got = step(student, sent, expected, "center", encoded(Image.new("L", (50, 50), 255)), (10, 30))
    expect(got.shape == (10, 30), sent, expected, f"shape {got.shape}", fits=got.shape == (30, 10))


@check(task=4, points=1, likely="a step before this one is not right yet: see the checks above", read=TOGETHER)
def test_all_steps_together(student: Student, random):
    """A photo gives the same pixels as with the course's steps"""
    for ground, ink in ((255, 30), (10, 240), (200, 60)):
        content = encoded(photo(random, ground, ink).convert("RGB"))
        sent, expected = f"a PNG: {ink} on {ground}", "the object, light on black, filling 28x28"
        got = returned(student, sent, expected, "server.pictures:read_pixels", content, kind=np.ndarray)
        expect(got.shape == (28, 28) and alike(got, pictures.read_pixels(content)), sent, expected, got)
