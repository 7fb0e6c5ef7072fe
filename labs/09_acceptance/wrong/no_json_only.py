"""Sends a body that is not JSON, the one bad request that everybody thinks of.

Rejected by: test_nan_is_found, test_cut_floats_are_found, test_wrapped_pixels_are_found, test_another_shape_is_found
"""

import json

from pipeline.acceptance import NEWEST, _json_of, post


def check_refusals(url, image):
    answer = post(url, NEWEST, "no JSON")
    assert answer.status_code == 400 and _json_of(answer, "no JSON").get("error"), "it is not refused"
    assert post(url, NEWEST, json.dumps({"image": image.tolist()})).status_code == 200, "a good one is refused"
