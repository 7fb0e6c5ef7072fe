"""Sends what must be refused, and no good picture: a server that refuses everybody is perfect.

Rejected by: test_a_server_that_refuses_everything_is_found
"""

import json

from pipeline.acceptance import NEWEST, _json_of, post


def check_refusals(url, image):
    rows = image.tolist()
    pixels = (float("nan"), float("inf"), 256, -1)
    for body in (
        '{"image": ',
        *(json.dumps({"image": [[pixel, *rows[0][1:]], *rows[1:]]}) for pixel in pixels),
        json.dumps({"image": (image / 255).tolist()}),
        json.dumps({"image": rows[1:]}),
        json.dumps({"image": [row[1:] for row in rows]}),
    ):
        answer = post(url, NEWEST, body)
        error = _json_of(answer, "a bad image").get("error")
        assert answer.status_code == 400 and isinstance(error, str) and error, "it is not refused"
        assert "Traceback" not in error, "it shows its inside"
