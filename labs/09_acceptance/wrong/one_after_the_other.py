"""Sends many requests, one after the other: what happens when they come at once stays hidden.

Rejected by: test_a_queue_is_found, test_crossed_answers_are_found
"""

import time

from pipeline.acceptance import IN_A_ROW, NEWEST, classify


def check_load(url, images, seconds):
    for number in range(IN_A_ROW):
        started = time.perf_counter()
        classify(url, NEWEST, images[number % 16 :][:1])
        assert time.perf_counter() - started <= seconds, "too slow"
