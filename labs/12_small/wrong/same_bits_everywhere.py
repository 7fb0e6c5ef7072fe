"""Tries the same number of bits for all layers, and nothing else.

Rejected by: test_it_is_the_least_harm_that_fits
"""

from pipeline.quantization.budget import bytes_of


def choose_bits(sizes, harm, budget):
    choices = [dict(zip(sizes, bits, strict=True)) for bits in zip(*(harm[layer] for layer in sizes), strict=True)]
    fitting = [bits for bits in choices if bytes_of(sizes, bits) <= budget]
    if not fitting:
        raise ValueError("the budget is too small")
    return min(fitting, key=lambda bits: (sum(harm[layer][bits[layer]] for layer in sizes), bytes_of(sizes, bits)))
