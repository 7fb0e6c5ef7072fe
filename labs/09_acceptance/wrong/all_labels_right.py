"""Wants every label to be right, which no model is.

Rejected by: test_good_labels_pass, test_unscaled_pixels_are_found, test_swapped_classes_are_found
"""

from pipeline.acceptance import NEWEST, classify


def check_labels(url, images, labels):
    found, _ = classify(url, NEWEST, images)
    assert found == labels, "some labels are wrong"
