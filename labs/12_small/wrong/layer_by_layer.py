"""Gives each layer the most bits that still fit, one after another.

Rejected by: test_it_is_the_least_harm_that_fits
"""

from pipeline.quantization.budget import bytes_of


def choose_bits(sizes, harm, budget):
    bits = {layer: min(harm[layer]) for layer in sizes}
    if bytes_of(sizes, bits) > budget:
        raise ValueError("the budget is too small")
    for layer in sizes:
        for count in sorted(harm[layer], reverse=True):
            if bytes_of(sizes, {**bits, layer: count}) <= budget:
                bits[layer] = count
                break
    return bits
