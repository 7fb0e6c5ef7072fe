"""Of choices that do the same harm, takes the first.

Rejected by: test_of_equal_harm_it_takes_the_fewest_bytes
"""

from itertools import product

from pipeline.quantization.budget import bytes_of


def choose_bits(sizes, harm, budget):
    choices = [dict(zip(sizes, bits, strict=True)) for bits in product(*(harm[layer] for layer in sizes))]
    fitting = [bits for bits in choices if bytes_of(sizes, bits) <= budget]
    if not fitting:
        raise ValueError("the budget is too small")
    return min(fitting, key=lambda bits: round(sum(harm[layer][bits[layer]] for layer in sizes), 9))
