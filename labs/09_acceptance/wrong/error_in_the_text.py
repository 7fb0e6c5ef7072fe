"""Looks for an error in the text, and not at the status.

Rejected by: test_errors_with_status_200_are_found
"""

import json

from pipeline.acceptance import NEWEST, _json_of, post


def check_refusals(url, image):
    rows = image.tolist()
    for body in (
        '{"image": ',
        *(json.dumps({"image": [[pixel, *rows[0][1:]], *rows[1:]]}) for pixel in (float("nan"), 256, -1)),
        json.dumps({"image": (image / 255).tolist()}),
        json.dumps({"image": rows[1:]}),
        json.dumps({"image": [row[1:] for row in rows]}),
    ):
        assert _json_of(post(url, NEWEST, body), "a bad image").get("error"), "no error"
    assert post(url, NEWEST, json.dumps({"image": rows})).status_code == 200, "a good one is refused"
