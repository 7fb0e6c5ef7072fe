"""Looks at the clock, and not at whose answer came back.

Rejected by: test_crossed_answers_are_found
"""

import time
from concurrent.futures import ThreadPoolExecutor

from pipeline.acceptance import IN_A_ROW, NEWEST, classify


def check_load(url, images, seconds):
    def timed(index):
        started = time.perf_counter()
        classify(url, NEWEST, images[index : index + 1])
        return time.perf_counter() - started

    times = [timed(number % 16) for number in range(IN_A_ROW)]
    with ThreadPoolExecutor(16) as pool:
        times += pool.map(timed, range(16))
    assert max(times) <= seconds, f"the slowest took {max(times):.2f} s"
