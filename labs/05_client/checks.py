"""The checks of lab 05: files of many kinds, and servers that behave well, badly, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from samples import alike, batch, encoded, labels_of, photo, turned

from server import pictures
from workbook.labs.checks.assertions import Student, accepted, check, expect, of_kind, refusal, returned

UPRIGHT, GRAY = "Turn it upright", "Turn it to gray, on white paper"
LIGHT, SHRINK, TOGETHER = "Make it light on dark", "Shrink it, keeping its proportions", "Put the steps together"
BATCH, PATIENCE = "Send many at once", "Wait, but not forever"
ERRORS, CALLING = "Turn errors into exceptions that say what to do", "Let a client do the calling"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


def step(student: Student, sent: str, expected: str, function: str, *arguments: object) -> np.ndarray:
    """The pixels of the picture that one step gives."""
    return stepped(student, sent, expected, function, *arguments)["pixels"]


def stepped(student: Student, sent: str, expected: str, function: str, *arguments: object) -> dict:
    got = returned(student, sent, expected, "driver:step", function, *arguments)
    expect(isinstance(got, dict) and "mode" in got, sent, "a picture of Pillow's", got, fits=False)
    return got


# Task 1


@check(task=1, points=1, likely="the orientation in the EXIF data is not looked at", read=UPRIGHT)
def test_a_sideways_photo_is_turned(student: Student):
    """A photo that says how it was held is turned upright"""
    for orientation in (3, 6, 8, 5):
        content, expected = turned(orientation)
        sent = f"a JPEG with the EXIF orientation {orientation}"
        got = step(student, sent, "it turned", "upright", content)
        expect(np.array_equal(got, expected), sent, "it turned", got)


@check(task=1, points=1, likely="every picture is turned, or one without EXIF data gives None", read=UPRIGHT)
def test_a_picture_that_says_nothing_stays(student: Student, random):
    """A picture that says nothing stays as it is"""
    picture = photo(random)
    sent, expected = "a PNG without EXIF data", "the same picture"
    got = step(student, sent, expected, "upright", encoded(picture))
    expect(np.array_equal(got, np.asarray(picture)), sent, expected, got)


# Task 2


@check(task=2, points=1, likely="`convert` to another mode than L", read=GRAY)
def test_color_becomes_gray(student: Student):
    """Color becomes levels from 0 black to 255 white"""
    colors = np.array([[[0, 0, 0], [255, 255, 255]], [[120, 120, 120], [255, 0, 0]]], np.uint8)
    sent, expected = "black, white, gray of 120, red", "mode L with 0, 255, 120 and about 76"
    got = stepped(student, sent, expected, "to_gray", encoded(Image.fromarray(colors)))
    levels = np.ravel(got["pixels"]).tolist()
    right = got["mode"] == "L" and len(levels) == 4 and levels[:3] == [0, 255, 120] and 50 <= levels[3] <= 100
    expect(right, sent, expected, f"mode {got['mode']} with {levels}", fits=got["mode"] != "L")


@check(task=2, points=2, likely="transparency was thrown away, and the black below it came out", read=GRAY)
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


@check(task=3, points=1, likely="dark on light is not turned round", read=LIGHT)
def test_dark_on_light_is_negated(student: Student, random):
    """A dark object on light ground becomes light on dark"""
    for ground, ink in ((255, 20), (150, 40)):
        picture = photo(random, ground, ink)
        sent = f"an object of {ink} on ground of {ground}"
        got = step(student, sent, "the negative", "light_on_dark", encoded(picture))
        same = np.array_equal(got, np.asarray(picture))
        expect(np.array_equal(got, 255 - np.asarray(picture)), sent, "the negative", got, fits=same)


@check(task=3, points=1, likely="every picture is negated, or the mean is compared with a fixed number", read=LIGHT)
def test_light_on_dark_stays(student: Student, random):
    """A light object on dark ground stays, however light the ground"""
    for ground, ink in ((0, 230), (140, 250)):
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


@check(task=4, points=1, likely="height and width are the wrong way round: Pillow wants the width first", read=SHRINK)
def test_the_size_is_height_by_width(student: Student):
    """The size is (height, width)"""
    sent, expected = "size (10, 30)", "10 rows of 30 pixels"
    got = step(student, sent, expected, "center", encoded(Image.new("L", (50, 50), 255)), (10, 30))
    expect(got.shape == (10, 30), sent, expected, f"shape {got.shape}", fits=got.shape == (30, 10))


@check(task=4, points=1, likely="a step before this one is not right yet: see the checks above", read=TOGETHER)
def test_all_steps_together(student: Student, random):
    """A photo gives the pixels that the course's steps give"""
    for ground, ink in ((255, 30), (10, 240), (200, 60)):
        content = encoded(photo(random, ground, ink).convert("RGB"))
        sent, expected = f"a PNG: {ink} on {ground}", "the object, light on black, filling 28x28"
        got = returned(student, sent, expected, "server.pictures:read_pixels", content, kind=np.ndarray)
        expect(got.shape == (28, 28) and alike(got, pictures.read_pixels(content)), sent, expected, got)


# Task 5


@check(task=5, points=1, likely="the answer is not returned, or returned as text", read=CALLING)
def test_returns_what_is_answered(student: Student):
    """The object that is answered comes back"""
    sent, expected = 'an answer of {"name": "shoes"}', "that object"
    got = returned(student, sent, expected, "driver:info", [(200, '{"name": "shoes"}')])
    expect(got == {"name": "shoes"}, sent, expected, got, fits=isinstance(got, str))


@check(
    task=5,
    points=2,
    likely="no time-out was given to the request, or the exception of `requests` comes out",
    read=PATIENCE,
)
def test_a_server_that_hangs_is_given_up(student: Student):
    """A server that does not answer in time is Unreachable"""
    accepted(student, "ServerError", "a good answer", "driver:info", [])
    sent = "a server that waits for 2 s, and a time-out of 0.1 s"
    refusal(student, "Unreachable", sent, "driver:info", [2, 2, 2, 2], 0.1)


@check(task=5, points=1, likely="of the exceptions of `requests`, only `ConnectionError` is caught", read=ERRORS)
def test_an_answer_that_breaks_off_is_a_server_error(student: Student):
    """An answer that breaks off in the middle is a ServerError, too"""
    accepted(student, "ServerError", "a good answer", "driver:info", [])
    refusal(student, "ServerError", "an answer that ends in the middle", "driver:info", [None] * 5)


@check(task=5, points=3, likely="every error is of the same kind, or `raise_for_status` raised its own", read=ERRORS)
def test_says_who_has_to_act(student: Student):
    """4xx is Refused, 5xx is a ServerError, both with the server's reason"""
    accepted(student, "ServerError", "a good answer", "driver:info", [])
    for status, kind, not_it in ((400, "Refused", ""), (404, "Refused", ""), (500, "ServerError", "Refused")):
        sent = f'status {status} with {{"error": "because"}}'
        answer = (status, '{"error": "because"}')
        message = refusal(student, kind, sent, "driver:info", [answer] * 5, but_not=not_it)
        told = str(status) in message and "because" in message
        expect(told, sent, f"a message with {status} and the reason", message)


@check(task=5, points=1, likely="`response.json()` raised, and nobody caught it", read=ERRORS)
def test_what_is_no_json_is_a_server_error(student: Student):
    """An answer that is no JSON is a ServerError"""
    accepted(student, "ServerError", "a good answer", "driver:info", [])
    for status in (200, 404):
        refusal(student, "ServerError", f"status {status} with a page of HTML", "driver:info", [(status, "<html>")] * 5)


# Task 6


@check(task=6, points=1, likely="one image of shape (28, 28) is sent as 28 images", read=CALLING)
def test_one_image_is_a_batch_of_one(student: Student, random):
    """One image comes back as one prediction"""
    images = batch(random, 1)
    sent = "an array of shape (28, 28)"
    _expect_predictions(classified(student, sent, images[0])["predictions"], images, sent)


@check(
    task=6, points=2, likely="all go in one request, the last part is lost, or parts come back out of order", read=BATCH
)
def test_a_large_batch_goes_in_parts(student: Student, random):
    """600 images go in three requests, and come back in order"""
    images = batch(random, 600)
    got = classified(student, "600 images", images)
    sizes = [len(body.get("images", ())) for body in got["bodies"]]
    expect(sizes == [256, 256, 88], "600 images", "requests of 256, 256 and 88", f"requests of {sizes}")
    _expect_predictions(got["predictions"], images, "600 images")


@check(task=6, points=1, likely="the client scaled the pixels, and the server will do it again", read=CALLING)
def test_pixels_are_sent_as_they_are(student: Student, random):
    """Whole numbers are sent, not scaled ones"""
    images = batch(random, 2)
    bodies = classified(student, "two images", images)["bodies"]
    expect(bodies, "two images", "a request", "none", fits=False)
    got = bodies[0].get("images")
    expect(got == images.tolist(), "two images", "the same numbers in the body", got)


def classified(student: Student, sent: str, images: np.ndarray) -> dict:
    """What ``classify`` makes of images, and the bodies that were sent."""
    return returned(student, sent, "a list of Predictions", "driver:classify", images)


def _expect_predictions(predictions: object, images: np.ndarray, sent: str) -> None:
    of_kind(predictions, sent, "a list of Predictions", list)
    right = all(isinstance(one, dict) and "label" in one for one in predictions)
    expect(right, sent, "a list of Predictions", predictions, fits=False)
    labels = [one["label"] for one in predictions]
    expect(labels == labels_of(images), sent, f"the labels {labels_of(images)[:6]} …", f"{labels[:6]} …")
    scores = [one["score"] for one in predictions]
    expect(np.allclose(scores, 0.91), sent, "the highest score of each row, 0.91", scores[:6])


# Task 7


@check(task=7, points=2, likely="the files are not prepared by `read_pixels`, or not in order", read=CALLING)
def test_files_become_pixels(student: Student, random):
    """Files are sent as pixels of the shape that the model's card says, in order"""
    files = {"one.png": encoded(photo(random)), "two.jpg": encoded(photo(random, 20, 220), "JPEG", quality=95)}
    got = classified_files(student, "two pictures", files)
    sent = np.array([image for body in got["bodies"] for image in body.get("images", [])])
    expect(sent.shape == (2, 28, 28), "two pictures", "two images of 28x28 in the body", f"shape {sent.shape}")
    right = all(
        alike(image, pictures.read_pixels(content)) for image, content in zip(sent, files.values(), strict=True)
    )
    expect(right, "two pictures", "what `read_pixels` makes of them", sent)
    expect(len(got["predictions"]) == 2, "two pictures", "two predictions", got["predictions"])


def classified_files(student: Student, sent: str, files: dict[str, bytes]) -> dict:
    """What ``classify_files`` makes of good files: predictions, and the bodies that were sent."""
    got = returned(student, sent, "a list of Predictions", "driver:classify_files", files)
    of_kind(got["predictions"], sent, "a list of Predictions", list)
    return got


@check(
    task=7, points=2, likely="files are read and sent one by one, or the exception does not say which file", read=ERRORS
)
def test_a_bad_file_is_named_before_anything_is_sent(student: Student, random):
    """A file that is no picture is named, and nothing is sent"""
    good = {"good.png": encoded(photo(random))}
    classified_files(student, "a picture", good)
    files = {**good, "notes.png": b"not a picture at all"}
    sent = "a picture and a text named notes.png"
    got = returned(student, sent, "BadInput", "driver:classify_files", files, True)
    expect("BadInput" in got.get("raised", ()), sent, "BadInput", got.get("message") or got.get("predictions"))
    expect("notes.png" in got["message"], sent, "a message that names notes.png", got["message"])
    expect(not got["bodies"], sent, "no request", f"{len(got['bodies'])} requests")


@check(
    task=7, points=1, likely="an exception hides that the file is not there; or no files were a mistake", read=ERRORS
)
def test_no_file_and_no_such_file(student: Student):
    """No files give no predictions; a file that is not there is a FileNotFoundError"""
    got = classified_files(student, "no files", {})
    expect(got["predictions"] == [], "no files", "an empty list", got["predictions"])
    refusal(student, "FileNotFoundError", "a path where nothing is", "driver:classify_missing", "nowhere.png")
