"""Wants each row to add up to one exactly, and so fails a server that rounds.

Rejected by: test_good_scores_pass, test_a_missing_softmax_is_found, test_shifted_scores_are_found
"""

from pipeline.acceptance import MODEL, NEWEST, classify, get


def check_scores(url, images):
    labels, scores = classify(url, NEWEST, images)
    assert (scores.sum(axis=1) == 1).all(), "the scores do not add up to one"
    classes = get(url, f"{MODEL}/v{NEWEST}")["classes"]
    assert [classes[best] for best in scores.argmax(axis=1)] == labels, "the labels are others"
