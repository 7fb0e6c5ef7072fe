"""What ``workbook diff 12`` asks both answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import real
from checks import CHOOSE, PACK, QUANTIZE, SIZES, table
from checks_page import CANVAS, READ, as_text, block, spec

from workbook.labs.sandbox.student import Student


def behavior(student: Student) -> Iterator[tuple[str, object]]:
    random = np.random.default_rng(12)
    weights = random.normal(size=(3, 4)).astype(np.float32)
    for bits in (8, 4, 2):
        yield f"quantize: 3 outputs of 4 weights, {bits} bits", partial(student.call, QUANTIZE, weights, bits)
    for numbers in ([1, -1, 7], [8]):
        yield f"pack: {numbers}", partial(student.call, PACK, np.array(numbers, np.int8))
    harm = [[layer, [*choices.items()]] for layer, choices in table(random).items()]
    for budget in (40_000, 24_000, 1_000):
        yield f"choose_bits: {budget:,} bytes", partial(student.call, CHOOSE, SIZES, harm, budget)
    for what, levels in (("a bar in a corner", block(0, 0, 9, 4)), ("nothing", block(0, 0, 0, 0))):
        yield f"canvas_pixels: {what}", partial(student.call, CANVAS, real.canvas(levels))
    numbers = random.integers(0, 256, 4).astype("<u1")
    for what, text in (("four bytes", as_text(numbers)), ("three bytes", as_text(numbers[:3]))):
        specs = [spec("a", (2, 2), "float32", {"dtype": "uint8", "scale": 0.1, "min": -1.0})]
        yield f"read_weights: {what}", partial(student.call, READ, specs, text)
