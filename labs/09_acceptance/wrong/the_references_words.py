"""Wants the words of the course's own server in its errors, which the contract does not promise.

Rejected by: test_good_refusals_pass, test_nan_is_found, test_errors_with_status_200_are_found
"""

import json

from pipeline.acceptance import NEWEST, _json_of, post


def check_refusals(url, image):
    answer = post(url, NEWEST, json.dumps({"image": image[1:].tolist()}))
    assert answer.status_code == 400, "it is not refused"
    assert "expected 28 rows of 28 whole numbers" in _json_of(answer, "27 rows")["error"], "another text"
