"""The checks of lab 13 on two clouds' routes: those of ``workbook contract``, and what customers get."""

from __future__ import annotations

import io
import json

import numpy as np
from endpoint import (
    JSON,
    are_scores,
    classified,
    content_of,
    endpoint,
    expect_kept,
    expect_refused,
    pictures,
    posted,
)
from PIL import Image

from server.payload import MAX_IMAGES
from workbook.contracts.google import HEALTH, PREDICT
from workbook.labs.checks.assertions import Student, check, expect

CLOUDS = "Say the same in every cloud"
INVOCATIONS = "/invocations"

# Task 6


@check(
    task=6,
    points=1,
    likely="SageMaker does not send a single request to a container whose ping it dislikes",
    read=CLOUDS,
)
def test_ping_says_that_there_is_a_model(student: Student):
    """GET /ping: 200 and nothing more with a model, 503 and a reason without"""
    expect_kept(endpoint(student, "sagemaker"), "ping")
    for models in ("none", "two, unnamed"):
        answer = endpoint(student, "sagemaker", models).ask("GET", "/ping")
        expect_refused(answer, f"GET /ping; models: {models}", 503)


@check(
    task=6, points=2, likely="the answer is another than the server's own, so no client can change places", read=CLOUDS
)
def test_invocations_answers_like_the_server_itself(student: Student):
    """POST /invocations answers as the server's own route does, to numbers and to image files"""
    one, pixels = endpoint(student, "sagemaker"), pictures(3)
    expect_kept(one, "invocations", "headers-ignored")
    scores, labels = classified(pixels)
    sent = "POST /invocations with three images"
    content = content_of(posted(one, INVOCATIONS, {"images": pixels.tolist()}), sent)
    expect(content.get("labels") == labels, sent, f"the labels {labels}", content.get("labels") or content)
    expect(
        are_scores(content.get("result"), scores), sent, f"the model's scores, {scores.shape}", content.get("result")
    )
    file = io.BytesIO()
    Image.fromarray(pixels[0]).save(file, "PNG")
    sent = "POST /invocations with an image file of PNG"
    answer = one.ask("POST", INVOCATIONS, data=file.getvalue(), headers={"Content-Type": "image/png"})
    content = content_of(answer, sent)
    expect(content.get("labels") == labels[:1], sent, f"the labels {labels[:1]}", content.get("labels"))


@check(
    task=6, points=1, likely="which model answers is found once, or typed in, instead of at each request", read=CLOUDS
)
def test_the_newest_version_of_the_endpoints_model_answers(student: Student):
    """The newest version answers, also if it came later; of two models the one that the setting names"""
    pixels = pictures(1)
    for models, version in (("newer", 2), ("two", 1)):
        scores, _ = classified(pixels, version)
        sent = f"POST /invocations; models: {models}"
        content = content_of(
            posted(endpoint(student, "sagemaker", models), INVOCATIONS, {"images": pixels.tolist()}), sent
        )
        got = content.get("result")
        expect(are_scores(got, scores), sent, f"the scores of version {version} of the clothes", got)


@check(
    task=6,
    points=1,
    likely="the sender's mistake becomes the server's: SageMaker calls a 5xx a ModelError",
    read=CLOUDS,
)
def test_invocations_says_whose_fault_it_is(student: Student):
    """What cannot be used is the sender's fault, and the largest body that SageMaker sends is taken"""
    one = endpoint(student, "sagemaker")
    expect_kept(one, "body-broken", "body-large")
    expect_refused(posted(one, INVOCATIONS, {"instances": []}), "a body without an image", 400)
    answer = one.ask("POST", INVOCATIONS, data=b"hello", headers={"Content-Type": "text/plain"})
    expect_refused(answer, "a body of plain text", 415)
    nobody = posted(endpoint(student, "sagemaker", "none"), INVOCATIONS, {"image": pictures(1)[0].tolist()})
    expect_refused(nobody, "an image, and there is no model", 404)


# Task 7


@check(
    task=7,
    points=1,
    likely="the routes are typed in, and Google asks at those that it has put into the environment",
    read=CLOUDS,
)
def test_health_is_where_google_asks(student: Student):
    """GET at the health route: 200 with a model, 503 and a reason without"""
    one = endpoint(student, "google")
    expect_kept(one, "health")
    body = one.ask("GET", one.routes[HEALTH]).text
    expect(not body, "GET at the health route", "nothing in the body", body)
    without = endpoint(student, "google", "none")
    sent = "GET at the health route, and there is no model"
    expect_refused(without.ask("GET", without.routes[HEALTH]), sent, 503, fits=False)


@check(
    task=7,
    points=2,
    likely="instances and predictions do not fit one to one, or what a prediction says is another",
    read=CLOUDS,
)
def test_each_instance_gets_its_prediction(student: Student):
    """Each instance gets its prediction, in order: a label and scores"""
    one, pixels = endpoint(student, "google"), pictures(4)
    expect_kept(one, "predictions", "one-for-each", "content-type")
    scores, labels = classified(pixels)
    sent = "four images as instances"
    content = content_of(posted(one, one.routes[PREDICT], {"instances": pixels.tolist()}), sent)
    got = content.get("predictions")
    is_list = isinstance(got, list) and len(got) == 4 and all(isinstance(each, dict) for each in got)
    expect(is_list, sent, '"predictions", a list of four objects', got if got else content)
    found = [each.get("label") for each in got]
    expect(found == labels, sent, f"the labels {labels}", found)
    given = [each.get("scores") for each in got]
    expect(are_scores(given, scores), sent, "the model's scores for each", given[0])


@check(task=7, points=1, likely="only one of the two ways of writing an instance is understood", read=CLOUDS)
def test_an_instance_may_be_an_object(student: Student):
    """An instance is an image as rows or {"image": rows}, side by side, and what is beside them changes nothing"""
    one, pixels = endpoint(student, "google"), pictures(3)
    expect_kept(one, "parameters-taken")
    scores, _ = classified(pixels)
    rows = pixels.tolist()
    sent = "three instances: rows, an object with rows, rows"
    body = {"parameters": {"top": 1}, "instances": [rows[0], {"image": rows[1]}, rows[2]]}
    content = content_of(posted(one, one.routes[PREDICT], body), sent)
    got = [each.get("scores") for each in content.get("predictions") or [] if isinstance(each, dict)]
    expect(are_scores(got, scores), sent, "the scores of each", content)


@check(
    task=7, points=1, likely="which model answers is found once, or typed in, instead of at each request", read=CLOUDS
)
def test_the_newest_version_predicts(student: Student):
    """The newest version predicts, also if it came later; of two models the one that the setting names"""
    pixels = pictures(1)
    for models, version in (("newer", 2), ("two", 1)):
        one = endpoint(student, "google", models)
        scores, _ = classified(pixels, version)
        sent = f"an instance; models: {models}"
        content = content_of(posted(one, one.routes[PREDICT], {"instances": pixels.tolist()}), sent)
        got = [each.get("scores") for each in content.get("predictions") or [] if isinstance(each, dict)]
        expect(are_scores(got, scores), sent, f"the scores of version {version} of the clothes", content)


@check(
    task=7,
    points=1,
    likely="the sender's mistake becomes the server's, or half a million images fill the memory",
    read=CLOUDS,
)
def test_predict_says_whose_fault_it_is(student: Student):
    """What cannot be used is the sender's fault, and the largest body that Google sends is taken"""
    one = endpoint(student, "google")
    expect_kept(one, "body-large", "instances-missing")
    path, rows = one.routes[PREDICT], np.zeros((28, 28), int).tolist()
    for sent, body in {
        "instances that are an object": {"instances": {"image": rows}},
        "an instance with 27 rows": {"instances": [rows[1:]]},
        "an instance without its image": {"instances": [{"picture": rows}]},
        "no instance at all": {"instances": []},
    }.items():
        expect_refused(posted(one, path, body), sent, 400)
    image = json.dumps(rows).encode()
    many = b'{"instances": [' + b", ".join([image] * (MAX_IMAGES + 1)) + b"]}"
    for sent, body in {f"{MAX_IMAGES + 1} instances": many, "a body that is not JSON": b"{"}.items():
        expect_refused(one.ask("POST", path, data=body, headers=JSON), sent, 400)
    answer = one.ask("POST", path, data=b"hello", headers={"Content-Type": "text/plain"})
    expect_refused(answer, "a body of plain text", 415)
