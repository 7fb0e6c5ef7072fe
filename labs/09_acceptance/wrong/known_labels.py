"""Is content with any label that there is.

Rejected by: test_unscaled_pixels_are_found, test_pictures_on_their_side_are_found, test_swapped_classes_are_found
"""

from pipeline.acceptance import NEWEST, classify


def check_labels(url, images, labels):
    found, _ = classify(url, NEWEST, images)
    assert set(found) <= set(labels), f"there is no such class: {set(found) - set(labels)}"
