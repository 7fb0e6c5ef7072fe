"""Asks for each image by itself: what goes wrong in batches is never seen.

Rejected by: test_asks_once_for_all
"""

import json

import numpy as np

from pipeline.acceptance import _json_of, post


def classify(url, version, images):
    labels, rows = [], []
    for image in images:
        answer = post(url, version, json.dumps({"image": image.tolist()}))
        assert answer.status_code == 200, answer.text
        content = _json_of(answer, "an image")
        assert content.keys() >= {"labels", "result"} and content["result"], f"the answer is {content}"
        assert len(content["labels"]) == len(content["result"]) == 1, f"the answer is {content}"
        labels += content["labels"]
        rows += content["result"]
    return labels, np.array(rows, dtype=float)
