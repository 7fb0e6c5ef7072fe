"""How many bits each layer gets, if the whole may have only so many bytes."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from pipeline.quantization.integers import quantize, restore
from pipeline.quantization.network import LAYERS, Weights, scores


def choose_bits(sizes: dict[str, int], harm: dict[str, dict[int, float]], budget: int) -> dict[str, int]:
    """Choose the bits of each layer: the least harm that fits into the budget.

    ``sizes``: how many weights each layer has. ``harm``: for each layer and each number of bits that it may have, how
    many answers change if this layer alone has so many bits; harms of several layers are added. ``budget``: the bytes
    that the weights may take in all. A layer of n weights takes n times bits divided by 8, rounded up.

    Returns the bits of each layer. If several choices do the same harm, it is the one of the fewest bytes. Raises
    ``ValueError`` if none fits.
    """
    layers = list(sizes)
    choices = [dict(zip(layers, bits, strict=True)) for bits in product(*(harm[layer] for layer in layers))]
    fitting = [bits for bits in choices if bytes_of(sizes, bits) <= budget]
    if not fitting:
        least = min(bytes_of(sizes, bits) for bits in choices)
        raise ValueError(f"nothing fits into {budget:,} bytes; the smallest takes {least:,}")
    return min(fitting, key=lambda bits: (_rounded_sum(harm, bits), bytes_of(sizes, bits)))


def bytes_of(sizes: dict[str, int], bits: dict[str, int]) -> int:
    """The bytes of all weights, without scales and biases."""
    return sum(math.ceil(count * bits[layer] / 8) for layer, count in sizes.items())


def _rounded_sum(harm: dict[str, dict[int, float]], bits: dict[str, int]) -> float:
    """Rounded, so that equal sums that were added in another order are equal."""
    return round(sum(harm[layer][count] for layer, count in bits.items()), 9)


def squeezed(weights: Weights, bits: dict[str, int]) -> Weights:
    """The weights after a journey through so many bits in each layer; layers that are not named stay as they are."""
    return weights | {layer: restore(*quantize(weights[layer], count)) for layer, count in bits.items()}


def measure_harm(weights: Weights, pixels: np.ndarray, choices: tuple[int, ...]) -> dict[str, dict[int, float]]:
    """The share of answers that change if one layer alone has so many bits, for each layer and each choice."""
    before = scores(weights, pixels).argmax(axis=1)

    def changed(layer: str, bits: int) -> float:
        after = scores(squeezed(weights, {layer: bits}), pixels).argmax(axis=1)
        return float((before != after).mean())

    return {layer: {bits: changed(layer, bits) for bits in choices} for layer in LAYERS}
