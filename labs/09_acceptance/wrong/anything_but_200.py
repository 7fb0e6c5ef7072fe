"""Takes any status but 200 for a refusal, a server that falls over among them.

Rejected by: test_a_page_for_programmers_is_found
"""

import json

from pipeline.acceptance import NEWEST, post


def check_refusals(url, image):
    rows = image.tolist()
    for body in (
        '{"image": ',
        *(json.dumps({"image": [[pixel, *rows[0][1:]], *rows[1:]]}) for pixel in (float("nan"), 256, -1)),
        json.dumps({"image": (image / 255).tolist()}),
        json.dumps({"image": rows[1:]}),
        json.dumps({"image": [row[1:] for row in rows]}),
    ):
        assert post(url, NEWEST, body).status_code != 200, "it is not refused"
    assert post(url, NEWEST, json.dumps({"image": rows})).status_code == 200, "a good one is refused"
