"""Looks at which score is the highest, which a softmax does not change.

Rejected by: test_a_missing_softmax_is_found
"""

from pipeline.acceptance import MODEL, NEWEST, classify, get


def check_scores(url, images):
    labels, scores = classify(url, NEWEST, images)
    classes = get(url, f"{MODEL}/v{NEWEST}")["classes"]
    assert [classes[best] for best in scores.argmax(axis=1)] == labels, "the labels are others"
