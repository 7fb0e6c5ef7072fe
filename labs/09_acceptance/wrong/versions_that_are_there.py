"""Asks only for versions that are there.

Rejected by: test_a_version_out_of_nowhere_is_found, test_an_old_default_is_found
"""

import numpy as np

from pipeline.acceptance import MODEL, NEWEST, OLDER, SCORE_TOLERANCE, classify, get


def check_versions(url, images):
    for version in (OLDER, NEWEST):
        assert get(url, f"{MODEL}/v{version}")["version"] == version, "another card"
    difference = np.abs(classify(url, OLDER, images)[1] - classify(url, NEWEST, images)[1]).max()
    assert difference > SCORE_TOLERANCE, "one network for two versions"
