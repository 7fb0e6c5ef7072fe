"""Runs beside the student's code and calls it: a table whose keys are numbers, which no JSON has."""

from __future__ import annotations

import numpy as np


def choose(sizes: dict[str, int], harm: list, budget: int) -> object:
    """What ``choose_bits`` returns; NumPy's whole numbers as Python's."""
    from pipeline.quantization.budget import choose_bits

    table = {layer: {int(bits): value for bits, value in choices} for layer, choices in harm}
    found = choose_bits(sizes, table, budget)
    if not isinstance(found, dict):
        return found
    return {layer: int(bits) if isinstance(bits, np.integer) else bits for layer, bits in found.items()}
