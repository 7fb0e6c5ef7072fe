"""Rejects whatever it is shown: no faulty server gets through, and no good one.

Rejected by: test_good_labels_pass, test_good_batches_pass, test_good_refusals_pass, test_good_load_passes
"""


def check_labels(url, images, labels):
    raise AssertionError("this is no good server")


def check_scores(url, images):
    raise AssertionError("this is no good server")


def check_batches(url, images):
    raise AssertionError("this is no good server")


def check_refusals(url, image):
    raise AssertionError("this is no good server")


def check_versions(url, images):
    raise AssertionError("this is no good server")


def check_load(url, images, seconds):
    raise AssertionError("this is no good server")
