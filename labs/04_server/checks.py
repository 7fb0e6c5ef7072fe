"""The checks of lab 04: what clients send, and what they must get."""

from __future__ import annotations

import json
import secrets

import numpy as np
import pytest
from answers import asked, content_of, expect_error, expect_scores, expect_well, scores_of

from workbook.labs.checks.assertions import Student, accepted, check, expect, refusal, returned

ROUTE = "/models/clothes/v1"
JSON = {"Content-Type": "application/json"}
STEP_2, STEP_3 = "Step 2: Classify an image", "Step 3: Refuse what cannot be classified"
STEP_1, BEYOND = "Step 1: Say what is served", "Compare your server with the reference"
CLOTHES = (28, 28), 0, 255
MOST_WORDS_OF_A_NAME = 4  # "Request Entity Too Large"; every description has more than that
INK = (5, 7), 0, 1  # black or white: its highest pixel is one, which is true as well
FROM_2 = (8, 8), 2, 16


@pytest.fixture
def images() -> np.ndarray:
    """Four pictures that nobody has seen before: uint8 (4, 28, 28). None reaches 255, as few real ones do, so dividing
    by the brightest pixel instead of the range is found out."""
    return np.random.default_rng().integers(0, 201, (4, 28, 28), np.uint8)


# Task 1


@check(task=1, points=1, likely="the pixels were not divided by `high`", read=STEP_2)
def test_pixels_are_scaled(student: Student, images):
    """Pixels from 0 to 255 become numbers from 0 to 1"""
    sent, expected = "four images, in a range from 0 to 255", "each pixel divided by 255"
    got = model_input(student, sent, expected, images)
    unscaled = np.allclose(got.ravel(), images.ravel())
    expect(np.allclose(got.reshape(images.shape), images / 255, atol=1e-6), sent, expected, got, fits=unscaled)


@check(task=1, points=1, likely="255, the range of the clothes, is written into the function", read=STEP_2)
def test_the_range_is_the_models_own(student: Student):
    """Pixels that end at 16 are divided by 16"""
    pixels = np.array([[[0, 4], [8, 12]]], np.uint8)
    sent, expected = "the pixels 0, 4, 8 and 12, and high=16", "0, 0.25, 0.5 and 0.75"
    got = model_input(student, sent, expected, pixels, 16).ravel()
    typed_in = np.allclose(got, pixels.ravel() / 255, atol=1e-6)
    expect(np.allclose(got, [0, 0.25, 0.5, 0.75]), sent, expected, got, fits=typed_in)


@check(task=1, points=1, likely="the axis for the channel is missing, or the type is float64", read=STEP_2)
def test_the_model_gets_its_shape_and_type(student: Student, images):
    """The model gets float32 of shape (n, 28, 28, 1)"""
    sent, expected = "an int64 array of shape (4, 28, 28)", "float32 of shape (4, 28, 28, 1)"
    got = model_input(student, sent, expected, images.astype(np.int64))
    near = got.shape in ((4, 28, 28), (4, 28, 28, 1)) and got.dtype in (np.float32, np.float64)
    right = (got.dtype, got.shape) == (np.float32, (4, 28, 28, 1))
    expect(right, sent, expected, got, fits=near)
    expect(np.ptp(got) > 0, sent, "numbers that differ as the pixels do", got, fits=False)


def model_input(student: Student, sent: str, expected: str, pixels: np.ndarray, *high: int) -> np.ndarray:
    """What ``to_model_input`` returns: an array with a number for each pixel, whatever its shape and type."""
    function = "server.preprocessing:to_model_input"
    got = returned(student, sent, expected, function, pixels, *high, kind=np.ndarray)
    numbers = got.size == pixels.size and got.dtype.kind in "fiu"
    expect(numbers, sent, f"{expected}; a number for each of {pixels.size} pixels", got, fits=False)
    return got


# Task 2


@check(task=2, points=1, likely="good pixels are refused or changed", read=STEP_3)
def test_good_pixels_pass_unchanged(student: Student, images):
    """Good pixels pass unchanged, as uint8"""
    for pixels, spec in (
        (images, CLOTHES),
        (np.zeros((1, 28, 28), np.uint8), CLOTHES),
        (np.full((2, 28, 28), 255, np.uint8), CLOTHES),
        (images[:, :5, :7] % 2, INK),
    ):
        shape, low, high = spec
        sent = f"{len(pixels)} images of {shape}, {low} to {high}, as lists"
        expected = f"the same numbers as uint8, {pixels.shape}"
        got = returned(student, sent, expected, "driver:check", pixels.tolist(), *spec, kind=np.ndarray)
        expect(got.dtype == np.uint8 and np.array_equal(got, pixels), sent, expected, got)


@check(task=2, points=1, likely="the shape is not checked, or a NumPy error comes through", read=STEP_3)
def test_wrong_shapes_are_refused(student: Student, images):
    """Wrong shapes are refused"""
    accepted(student, "BadInput", "four good images", "driver:check", images.tolist(), *CLOTHES)
    one = images[0].tolist()
    for sent, value in {
        "an image of 27 rows": [one[:27]],
        "an image with a row of 27 numbers": [[*one[:27], one[27][:27]]],
        "one image instead of a batch": one,
        "an empty batch": [],
        "a number instead of images": 7,
        "an object instead of images": {"image": one},
    }.items():
        refusal(student, "BadInput", sent, "driver:check", value, *CLOTHES)


@check(task=2, points=1, likely="only the range is checked: numbers from 0 to 1 are in 0 to 255, too", read=STEP_3)
def test_floats_are_refused(student: Student, images):
    """Pixels that have already been scaled are refused"""
    accepted(student, "BadInput", "four good images", "driver:check", images.tolist(), *CLOTHES)
    sent = "pixels divided by 255"
    message = refusal(student, "BadInput", sent, "driver:check", (images / 255).tolist(), *CLOTHES)
    told = "float" in message.lower() or "scale" in message.lower() or "whole" in message.lower()
    expect(told, sent, "a message that says: whole numbers, not scaled", f"the message {message!r}")


@check(task=2, points=1, likely="NumPy turned the list into text or objects, and its dtype is not checked", read=STEP_3)
def test_what_is_no_number_is_refused(student: Student, images):
    """Text, null, true and numbers too large for any type are refused"""
    accepted(student, "BadInput", "four good images", "driver:check", images.tolist(), *CLOTHES)
    for value in ("7", None, True, 10**400):
        rows = [[[value] * 28] * 28]
        refusal(student, "BadInput", f"an image of {str(value)[:9]!r}", "driver:check", rows, *CLOTHES)


@check(
    task=2, points=1, likely="the range is not checked, or only after `astype(np.uint8)` turned 256 into 0", read=STEP_3
)
def test_numbers_out_of_range_are_refused(student: Student, images):
    """256 and -1 are refused; so are 17 and 1 if a model's pixels go from 2 to 16"""
    accepted(student, "BadInput", "four good images", "driver:check", images.tolist(), *CLOTHES)
    for value, (shape, low, high) in ((256, CLOTHES), (-1, CLOTHES), (17, FROM_2), (1, FROM_2)):
        pixels = np.full((1, *shape), low)
        pixels[0, 3, 3] = value
        message = refusal(
            student, "BadInput", f"an image with a pixel of {value}", "driver:check", pixels.tolist(), shape, low, high
        )
        expect(str(high) in message, f"a pixel of {value}", f"a message that names the limit {high}", repr(message))


# Task 3


@check(task=3, points=1, likely="a batch of one was forgotten: `check_pixels` takes a list of images", read=STEP_2)
def test_one_image_is_a_batch_of_one(student: Student, images):
    """{"image": …} gives a batch of one"""
    sent, expected = '{"image": 28 rows}', "an array of shape (1, 28, 28)"
    body = json.dumps({"image": images[0].tolist()}).encode()
    got = returned(student, sent, expected, "driver:body", body, kind=np.ndarray)
    expect(np.array_equal(got, images[:1]), sent, expected, got)


@check(task=3, points=1, likely="only the first image is taken, or the key `images` is not handled", read=BEYOND)
def test_a_batch_keeps_all_its_images(student: Student, images):
    """{"images": […]} gives all of them, in order"""
    sent, expected = '{"images": four images}', "an array of shape (4, 28, 28)"
    body = json.dumps({"images": images.tolist()}).encode()
    got = returned(student, sent, expected, "driver:body", body, kind=np.ndarray)
    expect(np.array_equal(got, images), sent, expected, got)


@check(task=3, points=2, likely="an exception from the parser, or a KeyError or TypeError, comes through", read=STEP_3)
def test_a_body_without_images_is_refused(student: Student, images):
    """A body that is not JSON, or has no image, is refused"""
    one = images[0].tolist()
    accepted(student, "BadInput", "a body with an image", "driver:body", json.dumps({"image": one}).encode())
    both = json.dumps({"image": one, "images": [one]})
    for sent in ('{"image": [[0, ', "", "[1, 2]", "7", '"image"', "null", '{"picture": 1}', "{}", "[" * 5000, both):
        refusal(student, "BadInput", f"the body {sent[:30]!r}", "driver:body", sent.encode())


# Task 4


@check(task=4, points=1, likely="the names are typed in, or the default is not the newest version", read=BEYOND)
def test_lists_what_the_repository_has(student: Student):
    """GET /models and /models/<name> say what there is"""
    newest = 4 + secrets.randbelow(5)
    student.call("driver:add_version", newest)
    clothes = {"name": "clothes", "versions": [1, 2, newest], "default": newest}
    for path, expected in (("/models/clothes", clothes), ("/models", {"models": [clothes]})):
        got = content_of(asked(student, "GET", path), f"GET {path}", json.dumps(expected))
        expect(got == expected, f"GET {path}", json.dumps(expected), json.dumps(got))


@check(task=4, points=2, likely="numbers are typed in that should come from the model's card", read=STEP_1)
def test_info_comes_from_the_model(student: Student):
    """GET /models/<name>/v<k> answers with the card of exactly that version"""
    counted = 40_000 + secrets.randbelow(10_000)
    student.call("driver:add_version", 3, number_of_parameters=counted, description="another one")
    path = "/models/clothes/v3"
    wanted = {"name": "clothes", "version": 3, "description": "another one", "number_of_parameters": counted}
    sent = f"GET {path}, a new model with {counted} parameters"
    answer = content_of(asked(student, "GET", path, sent), sent, json.dumps(wanted))
    got = {name: answer.get(name) for name in wanted}
    expect(got == wanted, sent, json.dumps(wanted), json.dumps(got))
    expect("metrics" in answer and "classes" in answer, sent, "the whole card", f"only {', '.join(sorted(answer))}")


@check(
    task=4,
    points=2,
    likely="the pixels reach the model unscaled, or the scores are not the model's",
    read=STEP_2,
)
def test_classifies_an_image(student: Student, images):
    """An image gets the scores and the label that the model gives"""
    sent = f"POST {ROUTE}, one image"
    answer = asked(student, "POST", ROUTE, sent, json={"image": images[0].tolist()})
    expect_scores(answer, sent, scores_of(images[:1]))


@check(task=4, points=1, likely="only one image of the batch is answered, or version 1 is always asked", read=BEYOND)
def test_classifies_a_batch_by_the_version_that_is_asked(student: Student, images):
    """A batch gets a row and a label for each image, from the version in the address"""
    path, sent = "/models/clothes/v2", "POST /models/clothes/v2, four images"
    answer = asked(student, "POST", path, sent, json={"images": images.tolist()})
    expect_scores(answer, sent, scores_of(images, version=2))


@check(task=4, points=1, likely="the query is ignored, or `pixels` is always in the answer", read=BEYOND)
def test_shows_the_pixels_to_who_asks(student: Student, images):
    """With the query ?pixels, and only then, the answer includes the pixels"""
    body = {"images": images.tolist()}
    for path, wanted in ((ROUTE + "?pixels", True), (ROUTE, False)):
        expected = f'{"the images as" if wanted else "no"} "pixels" in the answer'
        content = content_of(asked(student, "POST", path, json=body), f"POST {path}", expected)
        right = content.get("pixels") == body["images"] if wanted else "pixels" not in content
        expect(right, f"POST {path}", expected, content.get("pixels", f"only {', '.join(sorted(content))}"))
        whole = {"labels", "result"} <= set(content)
        expect(whole, f"POST {path}", "labels and result, too", f"only {', '.join(sorted(content))}", fits=False)


# Task 5


@check(
    task=5, points=2, likely="400 was not registered for `BadInput`; 404 is for addresses, not for images", read=STEP_3
)
def test_bad_images_are_400_in_json(student: Student, images):
    """Input that cannot be used is answered with 400, in JSON, with the reason"""
    expect_well(asked(student, "POST", ROUTE, "a good image", True, json={"image": images[0].tolist()}), "a good image")
    reasons = set()
    for sent, body in (("broken JSON", "{"), ("an image of one row", '{"image": [[1, 2]]}'), ("no image", "{}")):
        answer = asked(student, "POST", ROUTE, sent, True, data=body, headers=JSON)
        expect_error(answer, sent, 400)
        reasons.add(answer["text"])
    expect(len(reasons) > 1, "the three of them", "different reasons", reasons)


@check(task=5, points=1, likely="`NotServed` has no handler, or its message is lost", read=BEYOND)
def test_unknown_models_are_404_and_say_what_there_is(student: Student, images):
    """For an unknown model or version, a 404 says what there is"""
    body = {"image": images[0].tolist()}
    newest = 10 + secrets.randbelow(90)
    student.call("driver:add_version", newest)
    for method, path, there in (
        ("GET", "/models/shoes", "clothes"),
        ("GET", "/models/clothes/v9", f"v{newest}"),
        ("POST", "/models/shoes/v1", "clothes"),
    ):
        options = {"json": body} if method == "POST" else {}
        answer = asked(student, method, path, errors=True, **options)
        expect_error(answer, f"{method} {path}", 404)
        expect(there in answer["text"], f"{method} {path}", f"a message that names {there}", answer["text"])


@check(task=5, points=1, likely="`HTTPException` has no handler, or its own status is replaced", read=STEP_3)
def test_what_flask_refuses_is_json_too(student: Student):
    """Flask's own refusals are JSON, with the status that Flask gave them"""
    for method, path, status, options in (
        ("GET", "/nowhere", 404, {}),
        ("DELETE", ROUTE, 405, {}),
        ("POST", ROUTE, 415, {"data": "hello", "headers": {"Content-Type": "text/plain"}}),
        ("POST", ROUTE, 413, {"data": " " * (17 * 1024 * 1024), "headers": JSON}),
    ):
        answer = asked(student, method, path, errors=True, **options)
        expect_error(answer, f"{method} {path}", status)
        told = len(answer["json"]["error"].split()) > MOST_WORDS_OF_A_NAME
        expect(told, f"{method} {path}", "a description of what is wrong, not just its name", answer["json"]["error"])


@check(task=5, points=1, likely="a new answer was made instead of using `error.get_response()`", read=BEYOND)
def test_a_405_says_what_is_allowed(student: Student):
    """A 405 keeps its Allow header"""
    answer = asked(student, "DELETE", ROUTE, errors=True)
    expect_error(answer, f"DELETE {ROUTE}", 405)
    allowed = {name.lower(): value for name, value in answer["headers"].items()}.get("allow", "")
    expect("POST" in allowed, f"DELETE {ROUTE}", "an Allow header that names POST", sorted(answer["headers"]))
