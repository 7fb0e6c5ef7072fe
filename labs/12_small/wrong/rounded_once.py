"""Adds the bits of all layers, and rounds to bytes once.

Rejected by: test_bytes_are_rounded_up_in_each_layer
"""

import math
from itertools import product


def choose_bits(sizes, harm, budget):
    choices = [dict(zip(sizes, bits, strict=True)) for bits in product(*(harm[layer] for layer in sizes))]
    fitting = [bits for bits in choices if math.ceil(sum(sizes[layer] * bits[layer] for layer in sizes) / 8) <= budget]
    if not fitting:
        raise ValueError("the budget is too small")
    return min(
        fitting, key=lambda bits: (round(sum(harm[layer][bits[layer]] for layer in sizes), 9), sum(bits.values()))
    )
