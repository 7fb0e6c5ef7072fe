"""The checks of lab 09: which servers the student's tests let pass. First what an answer is, then what is in it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from judge import Judge
from played import answering, below_zero, changed, good, last_halved
from werkzeug.test import Client

from workbook.labs.checks.assertions import Student, check, expect

ACCEPTANCE = "Acceptance: is this server fit for its users?"
STRICT = "the test asks for more than the contract promises: a second good server fails it"
ROUTE = "/models/clothes/v1"


@pytest.fixture(scope="module")
def judge(student: Student) -> Judge:
    return Judge(student)


# Task 1


@check(task=1, points=1, likely="the labels and the scores are in the wrong order, or rounded", read=ACCEPTANCE)
def test_gives_labels_and_scores(judge: Judge):
    """Labels and scores are handed over as they came"""
    for version in (1, 2):
        sent, expected = f"six images to version {version}", "six labels, and an array of scores of shape (6, 10)"
        images = judge.images[:6]
        content = _content_of(good(), version, images)
        labels, scores = judge.returned(good(), sent, expected, version, images)
        expect(isinstance(scores, np.ndarray), sent, expected, scores, fits=False)
        expect(scores.shape == (6, 10), sent, expected, scores, fits=False)
        same = scores.dtype.kind == "f" and np.allclose(scores, content["result"], atol=1e-6)
        expect(list(labels) == content["labels"] and same, sent, "what the server said", (labels, scores))
    sent, expected = "two images; the scores come as 0 and 1", "an array of floats"
    whole = {"labels": ["Bag", "Coat"], "result": [[0] * 8 + [1, 0], [0] * 4 + [1] + [0] * 5]}
    scores = judge.returned(answering("200 OK", whole), sent, expected, 1, judge.images[:2])[1]
    expect(isinstance(scores, np.ndarray) and scores.dtype.kind == "f", sent, expected, scores, fits=False)


@check(task=1, points=1, likely="each image went in a request of its own, or as `image`", read=ACCEPTANCE)
def test_asks_once_for_all(judge: Judge):
    """All images go in one request, to the version that is asked for"""
    bodies = []

    def recording(environ: dict, start_response: Callable) -> list[bytes]:
        content = environ["wsgi.input"].read()
        bodies.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], content))
        return good()({**environ, "wsgi.input": io.BytesIO(content)}, start_response)

    sent = "five images to version 1"
    judge.returned(recording, sent, "five labels and five rows of scores", 1, judge.images[:5])
    asked = [f"{method} {path}" for method, path, _ in bodies]
    expect(asked == [f"POST {ROUTE}"], sent, f"one request, POST {ROUTE}", asked)
    right = json.loads(bodies[0][2]) == {"images": judge.images[:5].tolist()}
    expect(right, sent, '{"images": [...]} with the pixels as they are', bodies[0][2][:80])


@check(task=1, points=1, likely="the status is not looked at", read=ACCEPTANCE)
def test_another_status_is_refused(judge: Judge):
    """An answer with another status than 200 is an AssertionError"""
    whole = _content_of(good(), 2, judge.images[:3])
    for status in ("500 Internal Server Error", "404 Not Found", "202 Accepted"):
        judge.refuses(
            answering(status, whole), f"three images; the answer has status {status[:3]}", 2, judge.images[:3]
        )
    judge.returned(good(), "three images", "three labels and rows", 2, judge.images[:3])


@check(
    task=1, points=1, likely="what is not JSON raises another exception, or a missing field a KeyError", read=ACCEPTANCE
)
def test_what_is_no_such_answer_is_refused(judge: Judge):
    """An answer that is not JSON, or lacks labels or scores, is an AssertionError"""
    whole = _content_of(good(), 2, judge.images[:3])
    for said, content in (
        ("is HTML", "<html>all is well</html>"),
        ("is a list", [whole["labels"], whole["result"]]),
        ("is an error", {"error": "try again later"}),
        ("has no labels", {"result": whole["result"]}),
        ("has no scores", {"labels": whole["labels"]}),
        ("has null for scores", {**whole, "result": None}),
        ("has words for scores", {**whole, "result": [["high"] * 10] * 3}),
        ("has rows of different lengths", {**whole, "result": [[0.5], [0.5, 0.5], [0.5]]}),
        ("has a number for each row", {**whole, "result": [0.5] * 3}),
    ):
        judge.refuses(answering("200 OK", content), f"three images; the answer {said}", 2, judge.images[:3])
    judge.returned(good(), "three images", "three labels and rows", 2, judge.images[:3])


@check(task=1, points=1, likely="nobody counts the labels and the rows", read=ACCEPTANCE)
def test_an_answer_for_some_is_refused(judge: Judge):
    """An answer that is not for all images is an AssertionError"""
    whole = _content_of(good(), 2, judge.images[:3])
    for said, content in (
        ("one label and one row", {"labels": whole["labels"][:1], "result": whole["result"][:1]}),
        ("three labels and two rows", {**whole, "result": whole["result"][:2]}),
        ("two labels and three rows", {**whole, "labels": whole["labels"][:2]}),
    ):
        judge.refuses(answering("200 OK", content), f"three images; the answer has {said}", 2, judge.images[:3])
    judge.returned(good(), "three images", "three labels and rows", 2, judge.images[:3])


def _content_of(app: Callable, version: int, images: np.ndarray) -> dict:
    """What a good server says."""
    return Client(app).post(f"/models/clothes/v{version}", json={"images": images.tolist()}).json


# Task 2


@check(task=2, points=1, likely=STRICT, read=ACCEPTANCE)
def test_good_labels_pass(judge: Judge):
    """Two good servers pass, however they are built"""
    judge.passes("check_labels")


@check(task=2, points=1, likely="the labels are not held against those that were given", read=ACCEPTANCE)
def test_unscaled_pixels_are_found(judge: Judge):
    """A server that forgets to scale the pixels is rejected"""
    judge.rejects("check_labels", "unscaled", "a server whose network gets pixels of 0 to 255")


@check(task=2, points=1, likely="the labels are not held against those that were given", read=ACCEPTANCE)
def test_pictures_on_their_side_are_found(judge: Judge):
    """A server that exchanges rows and columns is rejected"""
    judge.rejects("check_labels", "transposed", "a server that exchanges rows and columns")


@check(task=2, points=2, likely="one share for all: two classes that are never found are lost in it", read=ACCEPTANCE)
def test_swapped_classes_are_found(judge: Judge):
    """A server that mistakes each pullover for a coat is rejected"""
    judge.rejects("check_labels", "classes-swapped", "a server that calls pullovers coats, and coats pullovers")


@check(task=2, points=2, likely="the shares are others than those of the docstring", read=ACCEPTANCE)
def test_the_limits_are_kept(judge: Judge):
    """Six of ten right, and half of each class, is enough; less is not"""
    for right_of, sent, passes in (
        ([5] + [7] * 5 + [5] * 4, "a server that is right for six of ten, and half of four classes", True),
        ([5] * 10, "a server that is right for half of each class", False),
        ([4] + [10] * 9, "a server that is right for four of ten of one class, and for all others", False),
    ):
        judge.decides("check_labels", _right_for(right_of, judge.labels), sent, passes)


def _right_for(right_of: list[int], labels: list[str]) -> Callable:
    """A server that knows so many of the pictures of each class, if the sample is sent in one request."""
    classes, told, left = list(dict.fromkeys(labels)), [], dict(zip(dict.fromkeys(labels), right_of, strict=True))
    for label in labels:
        told.append(label if left[label] else classes[classes.index(label) - 1])
        left[label] -= bool(left[label])
    return changed(lambda content: {**content, "labels": told[: len(content["labels"])]})


# Task 3


@check(task=3, points=1, likely=STRICT, read=ACCEPTANCE)
def test_good_scores_pass(judge: Judge):
    """Two good servers pass, one of which rounds its scores"""
    judge.passes("check_scores")


@check(task=3, points=1, likely="nobody looks at the range of the scores, or at their sum", read=ACCEPTANCE)
def test_a_missing_softmax_is_found(judge: Judge):
    """A server without a softmax is rejected"""
    judge.rejects("check_scores", "no-softmax", "a server whose scores are logits")


@check(task=3, points=2, likely="nobody asks whether the label is the class with the highest score", read=ACCEPTANCE)
def test_shifted_scores_are_found(judge: Judge):
    """A server whose scores are one place off is rejected"""
    judge.rejects("check_scores", "scores-shifted", "a server whose scores are one place off against its classes")


@check(task=3, points=2, likely="nobody looks at the range of the scores, or at their sum", read=ACCEPTANCE)
def test_scores_that_are_no_shares_are_found(judge: Judge):
    """A server whose scores are percent, or half as much, or below zero, is rejected"""
    for sent, change in (
        ("a server whose scores go to 100", lambda one: {**one, "result": (100 * np.array(one["result"])).tolist()}),
        ("a server whose scores add up to 0.5", lambda one: {**one, "result": (np.array(one["result"]) / 2).tolist()}),
        ("a server with a score below 0 in each row", below_zero),
        ("a server of which the last row adds up to 0.5", last_halved),
    ):
        judge.decides("check_scores", changed(change), sent, passes=False)
