"""Believes what the model card says, and never holds the two networks against each other.

Rejected by: test_a_stale_version_is_found
"""

import json

from pipeline.acceptance import MODEL, NEWEST, OLDER, get, post


def check_versions(url, images):
    known = get(url, MODEL)
    assert known["default"] == max(known["versions"]), "the default is old"
    for version in (OLDER, NEWEST):
        assert get(url, f"{MODEL}/v{version}")["version"] == version, "another card"
    assert post(url, 9, json.dumps({"images": images.tolist()})).status_code == 404, "any version is there"
