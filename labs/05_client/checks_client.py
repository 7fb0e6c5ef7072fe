"""The checks of lab 05, continued: servers that behave well, badly, or not at all, and the client that calls them."""

from __future__ import annotations

import numpy as np
import pytest
from samples import alike, batch, encoded, labels_of, photo

from server import pictures
from workbook.labs.checks.assertions import Student, accepted, check, expect, of_kind, refusal, returned

BATCH, PATIENCE = "Send many at once", "Wait, but not forever"
ERRORS, CALLING = "Turn errors into exceptions that say what to do", "Let a client do the calling"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


# Task 5


@check(task=5, points=1, likely="the answer is not returned, or is returned as text", read=CALLING)
def test_returns_what_is_answered(student: Student, random):
    """The body is sent as JSON, and the object in the answer comes back"""
    sent, expected = 'an answer of {"name": "shoes"}', "that object"
    got = returned(student, sent, expected, "driver:info", [(200, '{"name": "shoes"}')])
    expect(got == {"name": "shoes"}, sent, expected, got, fits=isinstance(got, str))
    body = {"images": [[[int(random.integers(10))]]]}
    got = returned(student, f"a POST with {body}", "an answer", "driver:post", body, kind=dict)
    expect(got["bodies"] == [body], f"a POST with {body}", "this body in JSON", got["bodies"], fits=False)
    labels = labels_of(np.array(body["images"]))
    expect(got["answer"].get("labels") == labels, f"a POST with {body}", f"the labels {labels}", got["answer"])


@check(
    task=5,
    points=2,
    likely="the request has no time-out, or the exception from `requests` comes through",
    read=PATIENCE,
)
def test_a_server_that_hangs_is_given_up(student: Student):
    """A server that does not answer in time is Unreachable"""
    accepted(student, "ServerError", "a good answer", "driver:info", [])
    sent = "a server that waits 2 s, and a time-out of 0.1 s"
    refusal(student, "Unreachable", sent, "driver:info", [2, 2, 2, 2], 0.1)


@check(task=5, points=1, likely="of the exceptions in `requests`, only `ConnectionError` is caught", read=ERRORS)
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
    """An answer that is not JSON, or a redirect without end, is a ServerError"""
    accepted(student, "ServerError", "a good answer", "driver:info", [])
    for status in (200, 404):
        refusal(student, "ServerError", f"status {status} with a page of HTML", "driver:info", [(status, "<html>")] * 5)
    sent = "status 302 over and over: each answer leads to the same address"
    refusal(student, "ServerError", sent, "driver:info", [(302, "")] * 100)


# Task 6


@check(task=6, points=1, likely="one image of shape (28, 28) is sent as 28 images", read=CALLING)
def test_one_image_is_a_batch_of_one(student: Student, random):
    """One image comes back as one prediction"""
    images = batch(random, 1)
    sent = "an array of shape (28, 28)"
    _expect_predictions(classified(student, sent, images[0])["predictions"], images, sent)


@check(
    task=6,
    points=2,
    likely="all go in one request, the last part is lost, or the parts come back out of order",
    read=BATCH,
)
def test_a_large_batch_goes_in_parts(student: Student, random):
    """600 images go in three requests, and come back in order"""
    images = batch(random, 600)
    got = classified(student, "600 images", images)
    sizes = [len(body.get("images", ())) for body in got["bodies"]]
    expect(sizes == [256, 256, 88], "600 images", "requests of 256, 256 and 88", f"requests of {sizes}")
    _expect_predictions(got["predictions"], images, "600 images")


@check(task=6, points=1, likely="the client scaled the pixels, and the server will scale them again", read=CALLING)
def test_pixels_are_sent_as_they_are(student: Student, random):
    """Whole numbers are sent, not scaled ones"""
    images = batch(random, 2)
    bodies = classified(student, "two images", images)["bodies"]
    expect(bodies, "two images", "a request", "none", fits=False)
    got = bodies[0].get("images")
    expect(got == images.tolist(), "two images", "the same numbers in the body", got)


def classified(student: Student, sent: str, images: np.ndarray) -> dict:
    """What ``classify`` returns for images, and the bodies that were sent."""
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


@check(task=7, points=2, likely="the files are not prepared by `read_pixels`, or are out of order", read=CALLING)
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


@check(task=7, points=1, likely="28 or 255 is written in, but the model's card says another number", read=CALLING)
def test_the_card_says_what_pixels_are(student: Student, random):
    """A model with another shape and range gets its own, from a path, from bytes and from an open file"""
    content, spec = encoded(photo(random)), {"shape": [10, 14], "low": 0, "high": 16}
    wanted = pictures.read_pixels(content, (10, 14)) / 255 * 16
    for kind in ("path", "bytes", "file"):
        sent, expected = f"one picture as {kind}, {spec}", "pixels of 10x14, 0 to 16"
        bodies = returned(student, sent, expected, "driver:classify_one", content, kind, spec)["bodies"]
        got = np.array([image for body in bodies for image in body.get("images", [])])
        expect(got.shape == (1, 10, 14), sent, expected, f"an array of shape {got.shape}", fits=got.ndim == 3)
        near = np.abs(np.sort(got, axis=None) - np.sort(wanted, axis=None)).mean() < 1  # wherever they centered it
        expect(near, sent, expected, got, fits=got.max() > 16)


def classified_files(student: Student, sent: str, files: dict[str, bytes]) -> dict:
    """What ``classify_files`` returns for good files: predictions, and the bodies that were sent."""
    got = returned(student, sent, "a list of Predictions", "driver:classify_files", files)
    of_kind(got["predictions"], sent, "a list of Predictions", list)
    return got


@check(
    task=7, points=2, likely="files are read and sent one by one, or the exception does not say which file", read=ERRORS
)
def test_a_bad_file_is_named_before_anything_is_sent(student: Student, random):
    """A file that is not a picture is named, and nothing is sent"""
    good = {"good.png": encoded(photo(random))}
    classified_files(student, "a picture", good)
    files = {**good, "notes.png": b"not a picture at all"}
    sent = "a picture and a text named notes.png"
    got = returned(student, sent, "BadInput", "driver:classify_files", files, True)
    expect("BadInput" in got.get("raised", ()), sent, "BadInput", got.get("message") or got.get("predictions"))
    expect("notes.png" in got["message"], sent, "a message that names notes.png", got["message"])
    expect(not got["bodies"], sent, "no request", f"{len(got['bodies'])} requests")


@check(
    task=7, points=1, likely="an exception hides that the file is not there; or an empty list is an error", read=ERRORS
)
def test_no_file_and_no_such_file(student: Student):
    """No files give no predictions; a file that is not there is a FileNotFoundError"""
    got = classified_files(student, "no files", {})
    expect(got["predictions"] == [], "no files", "an empty list", got["predictions"])
    refusal(student, "FileNotFoundError", "a path where nothing is", "driver:classify_missing", "nowhere.png")
