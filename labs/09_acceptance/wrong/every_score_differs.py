"""Wants every score to differ between the versions, though many are zero in both.

Rejected by: test_good_versions_pass, test_a_stale_version_is_found
"""

import json

from pipeline.acceptance import MODEL, NEWEST, OLDER, classify, get, post


def check_versions(url, images):
    known = get(url, MODEL)
    assert known["default"] == max(known["versions"]), "the default is old"
    for version in (OLDER, NEWEST):
        assert get(url, f"{MODEL}/v{version}")["version"] == version, "another card"
    older, newest = classify(url, OLDER, images)[1], classify(url, NEWEST, images)[1]
    assert (older != newest).all(), "some scores are the same in both versions"
    assert post(url, 9, json.dumps({"images": images.tolist()})).status_code == 404, "any version is there"
