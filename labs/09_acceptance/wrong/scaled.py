"""Scales the pixels before it sends them, which is the server's work: nothing but refusals comes back.

Rejected by: test_gives_labels_and_scores, test_asks_once_for_all
"""

import json

import numpy as np

from pipeline.acceptance import _json_of, post


def classify(url, version, images):
    answer = post(url, version, json.dumps({"images": (images / 255).tolist()}))
    assert answer.status_code == 200, answer.text
    content = _json_of(answer, "images")
    labels, rows = content.get("labels"), content.get("result")
    assert labels and rows and len(labels) == len(rows) == len(images), f"the answer is {content}"
    return labels, np.array(rows, dtype=float)
