"""Stops after a dozen requests in a row, before it gets slow.

Rejected by: test_growth_is_found
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pipeline.acceptance import AT_ONCE, NEWEST, SCORE_TOLERANCE, classify


def check_load(url, images, seconds):
    singles = [images[index : index + 1] for index in range(AT_ONCE)]
    alone = []
    for single in singles:
        started = time.perf_counter()
        alone.append(classify(url, NEWEST, single)[1][0])
        assert time.perf_counter() - started <= seconds, "too slow"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = time.perf_counter()
        crowd = list(pool.map(lambda single: classify(url, NEWEST, single)[1][0], singles))
    assert time.perf_counter() - started <= seconds, "too slow"
    assert np.abs(np.array(alone) - np.array(crowd)).max() <= SCORE_TOLERANCE, "mixed up"
