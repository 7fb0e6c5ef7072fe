"""Sends one bad request of each kind: too large, too few rows, a float. What is below zero, or narrow, is let in.

Rejected by: test_each_bad_body_is_sent
"""

import json

from pipeline.acceptance import NEWEST, _json_of, post


def check_refusals(url, image):
    rows = image.tolist()
    for body in (
        '{"image": ',
        *(json.dumps({"image": [[pixel, *rows[0][1:]], *rows[1:]]}) for pixel in (float("nan"), 256)),
        json.dumps({"image": (image / 255).tolist()}),
        json.dumps({"image": rows[1:]}),
    ):
        answer = post(url, NEWEST, body)
        error = _json_of(answer, "a bad image").get("error")
        assert answer.status_code == 400 and isinstance(error, str) and error, "it is not refused"
        assert "Traceback" not in error, "it shows its inside"
    assert post(url, NEWEST, json.dumps({"image": rows})).status_code == 200, "a good one is refused"
