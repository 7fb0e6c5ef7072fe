"""Returns the smallest choice if nothing fits.

Rejected by: test_a_budget_that_nothing_fits_is_refused
"""

from itertools import product

from pipeline.quantization.budget import bytes_of


def choose_bits(sizes, harm, budget):
    choices = [dict(zip(sizes, bits, strict=True)) for bits in product(*(harm[layer] for layer in sizes))]
    fitting = [bits for bits in choices if bytes_of(sizes, bits) <= budget]
    if not fitting:
        return min(choices, key=lambda bits: bytes_of(sizes, bits))
    harms = {id(bits): round(sum(harm[layer][bits[layer]] for layer in sizes), 9) for bits in fitting}
    return min(fitting, key=lambda bits: (harms[id(bits)], bytes_of(sizes, bits)))
