"""The tests that a running server must pass before users are sent to it: the last gate of the pipeline.

They know of the server what its contract says (``docs/rest.md``), and nothing of how it is built. Each function raises
``AssertionError``, which says what was sent and what came back, and returns nothing if all is well. Two servers can
both be right and not agree to the last digit, or in the words of an error: what the contract leaves open is no fault.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import requests

MODEL = "/models/clothes"
OLDER, NEWEST = 1, 2  # the versions that are served
SCORE_TOLERANCE = 1e-3  # a server may round its scores
SUM_TOLERANCE = 0.01
ENOUGH, ENOUGH_OF_A_CLASS = 0.6, 0.5  # of the labels are right
AT_ONCE, IN_A_ROW = 16, 40  # requests
PATIENCE_SECONDS = 30  # with one answer


def post(url: str, version: int, body: str) -> requests.Response:
    """What the server at ``url`` answers to a body of JSON for a version of the model, whatever its status."""
    headers = {"Content-Type": "application/json"}
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the machine would answer for a server that is down
        return session.post(f"{url}{MODEL}/v{version}", data=body, headers=headers, timeout=PATIENCE_SECONDS)


def get(url: str, path: str) -> dict:
    """The object that ``GET path`` answers with. Raises ``AssertionError`` if it answers with anything else."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url + path, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 200, f"GET {path}: status {answer.status_code}"
    return _json_of(answer, f"GET {path}")


def classify(url: str, version: int, images: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Ask version ``version`` of the model for all ``images`` in one request.

    ``url`` is the server's address, ``images`` are uint8 (n, 28, 28), and the request is ``{"images": [...]}``, a
    ``POST`` to ``/models/clothes/v<version>``. Returns the n labels, and the scores as floats (n, classes).

    Raises ``AssertionError``, which says what came back, unless the status is 200, the body is JSON, and it has a label
    and a row of scores for each image: numbers, and as many in each row. Use it in all other tests.
    """
    answer = post(url, version, json.dumps({"images": images.tolist()}))
    sent = f"{len(images)} images to v{version}"
    assert answer.status_code == 200, f"{sent}: status {answer.status_code}, {answer.text[:200]}"
    content = _json_of(answer, sent)
    labels, rows = content.get("labels"), content.get("result")
    assert isinstance(labels, list) and isinstance(rows, list), f"{sent}: no labels or no result in the answer"
    assert len(labels) == len(rows) == len(images), f"{sent}: {len(labels)} labels, {len(rows)} rows of scores"
    try:
        scores = np.array(rows, dtype=float)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{sent}: the scores are no table of numbers") from error
    assert scores.ndim == 2, f"{sent}: the scores have the shape {scores.shape}"
    return labels, scores


def check_labels(url: str, images: np.ndarray, labels: list[str]) -> None:
    """Does the newest version know the pictures?

    ``images``, uint8 (n, 28, 28), show what ``labels`` say, some ten images of each class. Raises ``AssertionError`` if
    fewer than six of ten labels are right, or if fewer than half are right for any one class: a class that is never
    found is lost in the mean of ten.
    """
    found, _ = classify(url, NEWEST, images)
    right = np.array(found) == np.array(labels)
    assert right.mean() >= ENOUGH, f"{right.mean():.0%} of the labels are right; expected {ENOUGH:.0%}"
    for name in sorted(set(labels)):
        share = right[np.array(labels) == name].mean()
        assert share >= ENOUGH_OF_A_CLASS, f"{share:.0%} of {name} are found; expected {ENOUGH_OF_A_CLASS:.0%}"


def check_scores(url: str, images: np.ndarray) -> None:
    """Are the scores those of a classifier, and the labels those of the scores?

    Raises ``AssertionError`` unless each score of the newest version is from 0 to 1, each row adds up to 1, and each
    label is the class with the highest score of its row. The order of the classes is that of ``classes`` in the model
    card, ``GET /models/clothes/v2``. A server may round scores to three decimals, so that a sum of 0.998 is no fault.
    """
    labels, scores = classify(url, NEWEST, images)
    low, high = scores.min(), scores.max()
    assert low >= -SCORE_TOLERANCE and high <= 1 + SCORE_TOLERANCE, f"scores from {low:.3f} to {high:.3f}"
    sums = scores.sum(axis=1)
    assert np.abs(sums - 1).max() <= SUM_TOLERANCE, f"the scores of an image add up to {sums[0]:.3f}"
    classes = get(url, f"{MODEL}/v{NEWEST}")["classes"]
    best = [classes[index] for index in scores.argmax(axis=1)]
    wrong = [(label, name) for label, name in zip(labels, best, strict=True) if label != name]
    assert not wrong, f"label {wrong[0][0]}, and the highest score is that of {wrong[0][1]}"


def check_batches(url: str, images: np.ndarray) -> None:
    """Does an image get the same answer whatever it comes with, and whatever came before?

    ``images`` are of different classes. Raises ``AssertionError`` unless row k of the answer to all of them is what
    image k gets alone, when it is asked once more, to a thousandth.
    """
    _, together = classify(url, NEWEST, images)
    for index in range(len(images)):
        alone = classify(url, NEWEST, images[index : index + 1])[1][0]
        difference = np.abs(alone - together[index]).max()
        assert difference <= SCORE_TOLERANCE, (
            f"image {index} alone: its scores differ by {difference:.3f} from the batch"
        )


def check_refusals(url: str, image: np.ndarray) -> None:
    """Does the server refuse what is not a picture, and say so?

    ``image``, uint8 (28, 28), is a good one. Raises ``AssertionError`` unless the newest version takes it as it is, as
    ``{"image": rows}``, and answers each of these with status 400 and an object in JSON whose ``error`` is a text: a
    body that is not JSON; NaN or Infinity as a pixel, which Python's ``json`` writes and JSON does not have; the image
    scaled to 0..1; a pixel of 256, and one of -1; 27 rows; rows of 27. The text has no ``Traceback`` in it.
    """
    rows = image.tolist()
    for sent, pixel in (("NaN", float("nan")), ("Infinity", float("inf")), ("256", 256), ("-1", -1)):
        _expect_refusal(url, f"a pixel of {sent}", json.dumps({"image": [[pixel, *rows[0][1:]], *rows[1:]]}))
    _expect_refusal(url, "no JSON", '{"image": ')
    _expect_refusal(url, "an image scaled to 0..1", json.dumps({"image": (image / 255).tolist()}))
    _expect_refusal(url, "27 rows", json.dumps({"image": rows[1:]}))
    _expect_refusal(url, "rows of 27", json.dumps({"image": [row[1:] for row in rows]}))
    answer = post(url, NEWEST, json.dumps({"image": rows}))
    assert answer.status_code == 200, f"a good image: status {answer.status_code}, {answer.text[:200]}"


def check_versions(url: str, images: np.ndarray) -> None:
    """Is each version what it is called?

    Raises ``AssertionError`` unless ``GET /models/clothes`` lists versions 1 and 2 and names the newest of its list as
    the default, the card at ``/models/clothes/v<k>`` is that of version k, version 1 and 2 give different scores for
    ``images`` (they are two networks: no two agree to the third decimal on every picture), and a version that is not
    in the list is answered with 404.
    """
    known = get(url, MODEL)
    assert {OLDER, NEWEST} <= set(known["versions"]), f"the versions are {known['versions']}"
    assert known["default"] == max(known["versions"]), f"of {known['versions']} the default is {known['default']}"
    for version in (OLDER, NEWEST):
        card = get(url, f"{MODEL}/v{version}")
        assert card["version"] == version, f"the card at v{version} is that of version {card['version']}"
    difference = np.abs(classify(url, OLDER, images)[1] - classify(url, NEWEST, images)[1]).max()
    assert difference > SCORE_TOLERANCE, "v1 and v2 give the same scores"
    missing = max(known["versions"]) + 7
    answer = post(url, missing, json.dumps({"images": images.tolist()}))
    assert answer.status_code == 404, f"v{missing}, which is not there: status {answer.status_code}"


def check_load(url: str, images: np.ndarray, seconds: float) -> None:
    """Does the server answer many, each with its own?

    ``images`` are 16 or more, of different classes. Raises ``AssertionError`` unless each of 40 requests of one image,
    sent one after the other, is answered with 200 within ``seconds``; and unless 16 such requests, sent at the same
    moment, are all answered within ``seconds``, each with the scores that this image gets alone.
    """
    singles = [images[index : index + 1] for index in range(AT_ONCE)]
    alone = []
    for number in range(IN_A_ROW):
        started = time.perf_counter()
        alone.append(classify(url, NEWEST, singles[number % AT_ONCE])[1][0])
        took = time.perf_counter() - started
        assert took <= seconds, f"request {number + 1} in a row took {took:.2f} s; expected {seconds} s at most"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = time.perf_counter()
        at_once = list(pool.map(lambda single: classify(url, NEWEST, single)[1][0], singles))
        took = time.perf_counter() - started
    assert took <= seconds, f"{AT_ONCE} requests at once took {took:.2f} s; expected {seconds} s at most"
    difference = np.abs(np.array(alone[:AT_ONCE]) - np.array(at_once)).max()
    assert difference <= SCORE_TOLERANCE, f"asked at once, an image's scores differ by {difference:.3f} from alone"


def accept(url: str, images: np.ndarray, labels: list[str], seconds: float = 1.0) -> dict[str, str]:
    """Run all tests, and return what those that failed have said, by their names; empty if the server may go out.

    ``images``, uint8 (n, 28, 28), are 16 or more, show what ``labels`` say, and are of all classes, mixed.
    """
    few = images[:AT_ONCE]
    tests = {
        "labels": lambda: check_labels(url, images, labels),
        "scores": lambda: check_scores(url, images),
        "batches": lambda: check_batches(url, few),
        "refusals": lambda: check_refusals(url, images[0]),
        "versions": lambda: check_versions(url, few),
        "load": lambda: check_load(url, few, seconds),
    }
    complaints = {}
    for name, test in tests.items():
        try:
            test()
        except (AssertionError, requests.RequestException, KeyError, TypeError) as error:
            complaints[name] = f"{error}" if isinstance(error, AssertionError) else f"no usable answer: {error!r}"
    return complaints


def _json_of(answer: requests.Response, sent: str) -> dict:
    try:
        content = answer.json()
    except ValueError as error:
        raise AssertionError(f"{sent}: no JSON, but {answer.text[:80]!r}") from error
    assert isinstance(content, dict), f"{sent}: no object, but {answer.text[:80]!r}"
    return content


def _expect_refusal(url: str, sent: str, body: str) -> None:
    answer = post(url, NEWEST, body)
    assert answer.status_code == 400, f"{sent}: status {answer.status_code}; expected 400"
    error = _json_of(answer, sent).get("error")
    assert isinstance(error, str) and error, f'{sent}: no text under "error", but {answer.text[:80]!r}'
    assert "Traceback" not in error, f"{sent}: the error shows the inside of the server"
