"""Another correct answer, written in another way throughout. What the reference does not import, a function does."""

import json
import time

import numpy as np

from pipeline.acceptance import ENOUGH, ENOUGH_OF_A_CLASS, IN_A_ROW, MODEL, NEWEST, get, post


def classify(url, version, images):
    answer = post(url, version, json.dumps(dict(images=np.asarray(images).tolist())))
    try:
        content = answer.json()
        labels = [str(label) for label in content["labels"]]
        scores = np.asarray(content["result"], dtype=np.float64)
        if scores.shape[:1] == (len(images),) == (len(labels),) and scores.ndim == 2 and answer.status_code == 200:
            return labels, scores
    except (ValueError, TypeError, KeyError):
        pass
    raise AssertionError(
        f"v{version} gave status {answer.status_code} and {answer.text[:100]!r} for {len(images)} images"
    )


def check_labels(url, images, labels):
    wanted, got = {}, {}
    for label, found in zip(labels, classify(url, NEWEST, images)[0], strict=True):
        wanted[label] = wanted.get(label, 0) + 1
        got[label] = got.get(label, 0) + (label == found)
    assert sum(got.values()) >= ENOUGH * len(labels), f"only {got} of {wanted}"
    poor = [label for label in wanted if got[label] < ENOUGH_OF_A_CLASS * wanted[label]]
    assert not poor, f"hardly ever finds {poor}"


def check_scores(url, images):
    labels, scores = classify(url, NEWEST, images)
    order = get(url, f"/models/clothes/v{NEWEST}")["classes"]
    for label, row in zip(labels, scores, strict=True):
        if not (all(-0.01 < score < 1.01 for score in row) and abs(sum(row) - 1) < 0.02):
            raise AssertionError(f"these are no probabilities: {row}")
        if row[order.index(label)] < max(row):
            raise AssertionError(f"{label} is not the best of {row}")


def check_batches(url, images):
    def alone(index):
        return classify(url, NEWEST, images[[index]])[1]

    first = np.concatenate([alone(index) for index in range(len(images))])
    again = np.concatenate([alone(index) for index in reversed(range(len(images)))])[::-1]
    for other in (again, classify(url, NEWEST, images)[1], classify(url, NEWEST, images[::-1])[1][::-1]):
        np.testing.assert_allclose(first, other, rtol=0, atol=0.002)


def check_refusals(url, image):
    good = json.dumps(image.tolist())
    first = str(image[0, 0])
    bad = [
        "this is not JSON",
        *(f'{{"image": {good.replace(first, pixel, 1)}}}' for pixel in ("NaN", "Infinity", "-Infinity", "256", "-1")),
        json.dumps({"image": (image / 255.0).tolist()}),
        json.dumps({"image": image[:-1].tolist()}),
        json.dumps({"image": image[:, :-1].tolist()}),
    ]
    for body in bad:
        answer = post(url, NEWEST, body)
        if answer.status_code != 400 or "application/json" not in answer.headers["Content-Type"]:
            raise AssertionError(f"{body[:40]}… was answered with {answer.status_code}")
        error = answer.json()["error"]
        if not isinstance(error, str) or not error or "Traceback" in error:
            raise AssertionError("the error has no text for the sender")
    answer = post(url, NEWEST, f'{{"image": {good}}}')
    if answer.status_code != 200:
        raise AssertionError(f"a good image was answered with {answer.status_code}")


def check_versions(url, images):
    about = get(url, MODEL)
    *_, newest = versions = sorted(about["versions"])
    assert versions[:2] == [1, 2] and about["default"] == newest, about
    assert [get(url, f"{MODEL}/v{version}")["version"] for version in versions] == versions, "the cards are mixed up"
    old, new = (classify(url, version, images)[1].round(2).tolist() for version in (1, 2))
    assert old != new, "one network for two versions"
    assert post(url, newest + 1, json.dumps({"images": images.tolist()})).status_code == 404, "it has any version"


def check_load(url, images, seconds):
    import threading

    def timed(index):
        started = time.monotonic()
        scores = classify(url, NEWEST, images[index : index + 1])[1]
        times.append(time.monotonic() - started)
        return scores

    times = []
    alone = [timed(number % 16) for number in range(IN_A_ROW)][:16]
    crowd = [None] * 16

    def one(index):
        start.wait()
        crowd[index] = timed(index)

    start = threading.Barrier(16)
    threads = [threading.Thread(target=one, args=(index,)) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(scores is not None for scores in crowd), "some were not answered"
    assert max(times) <= seconds, f"the slowest took {max(times):.2f} s"
    assert np.allclose(alone, crowd, atol=0.002), "answers were mixed up"
