"""The checks of lab 12 on integers and budgets: weights that are made on the spot, and those of the course's model."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import real

from pipeline.quantization.network import LAYERS
from workbook.labs.checks.assertions import Student, accepted, check, expect, refusal, returned

ONE_BYTE, PLACES = "Store a weight in one byte", "See what it does not save"
LUCK = "Do not take luck for progress"
QUANTIZE, PACK = "pipeline.quantization.integers:quantize", "pipeline.quantization.integers:pack"
SHAPES = ((6, 5, 5, 1), (10, 84), (7,))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


# Task 1


def weights(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Outputs of very different sizes."""
    sizes = 10.0 ** random.uniform(-2, 1, shape[0])
    drawn = random.normal(size=shape) * sizes.reshape(-1, *[1] * (len(shape) - 1))
    return np.where(np.abs(drawn) < 1e-6, 1e-6, drawn).astype(np.float32)


def quantized(student: Student, sent: str, given: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """What ``quantize`` returns: two arrays of the right shapes."""
    expected = f"a pair: int8 {given.shape} and float32 ({len(given)},)"
    pair = returned(student, sent, expected, QUANTIZE, given, bits, kind=tuple)
    fits = len(pair) == 2 and all(isinstance(one, np.ndarray) for one in pair)
    shapes = fits and [(one.shape, str(one.dtype)) for one in pair]
    told = ", ".join(f"{dtype} {shape}" for shape, dtype in shapes) if shapes else pair
    wanted = [(given.shape, "int8"), ((len(given),), "float32")]
    expect(shapes == wanted, sent, expected, told, fits=False)
    return pair


def largest_of(given: np.ndarray) -> np.ndarray:
    return np.abs(given).reshape(len(given), -1).max(axis=1)


def beside(scales: np.ndarray, given: np.ndarray) -> np.ndarray:
    return scales.reshape(-1, *[1] * (given.ndim - 1))


@check(
    task=1, points=2, likely="one scale is used for all outputs, or integers are cut off and not rounded", read=ONE_BYTE
)
def test_an_integer_is_the_weight_again(student: Student, random):
    """An integer times its output's scale is the weight again, half a scale away at most"""
    for shape, bits in itertools.product(SHAPES, (8, 5, 4, 2)):
        given = weights(random, shape)
        sent = f"weights of the shape {shape}, {bits} bits"
        integers, scales = quantized(student, sent, given, bits)
        far = np.abs(integers * beside(scales.astype(float), given) - given) / beside(largest_of(given), given)
        allowed = 0.5001 / (2 ** (bits - 1) - 1)
        expected = f"each within {allowed:.4f} of its output's largest weight"
        expect(far.max() <= allowed, sent, expected, f"one that is {far.max():.4f} away")


@check(
    task=1, points=1, likely="-128 is used as well, or another highest integer than 2 ** (bits - 1) - 1", read=ONE_BYTE
)
def test_the_largest_weight_is_the_highest_integer(student: Student, random):
    """The largest weight of each output becomes the highest integer, or minus that"""
    for shape, bits in itertools.product(SHAPES, (8, 4, 3, 2)):
        given = weights(random, shape)
        highest = 2 ** (bits - 1) - 1
        sent, expected = f"weights of the shape {shape}, {bits} bits", f"{highest} or -{highest} in each output"
        integers, scales = quantized(student, sent, given, bits)
        found = largest_of(integers.astype(int))
        expect((found == highest).all(), sent, expected, found)
        close = np.allclose(scales, largest_of(given) / highest, rtol=1e-5, atol=0)
        expect(close, sent, f"the largest weight divided by {highest} as the scale", scales)


@check(task=1, points=1, likely="it is divided by zero", read=ONE_BYTE)
def test_an_output_of_zeros_has_the_scale_one(student: Student, random):
    """An output whose weights are all zero has the scale 1, and the others are as ever"""
    given = weights(random, (4, 6))
    given[2] = 0
    sent, expected = "4 outputs, of which the third has zeros alone", "the scale 1 for it, and zeros"
    integers, scales = quantized(student, sent, given, 8)
    expect(scales[2] == 1 and not integers[2].any(), sent, expected, scales)
    others = np.delete(np.arange(4), 2)
    right = np.allclose(scales[others], largest_of(given)[others] / 127, rtol=1e-5)
    expect(right, sent, "the scales of the others as without it", scales)


# Task 2


def packed(student: Student, sent: str, expected: str, integers: np.ndarray) -> bytes:
    return returned(student, sent, expected, PACK, integers, kind=bytes)


def halves_of(content: bytes, count: int) -> list[int]:
    """The integers in the bytes, one by one."""
    halves = [half for byte in content for half in (byte & 15, byte >> 4)]
    return [half - 16 if half > 7 else half for half in halves][:count]


@check(
    task=2, points=1, likely="the two halves of a byte are exchanged, or a negative integer spills over", read=ONE_BYTE
)
def test_two_integers_share_a_byte(student: Student):
    """Two integers share a byte, the first in its lower half"""
    for given, wanted in (
        ([1, 2], b"\x21"),
        ([-1, 3], b"\x3f"),
        ([3, -8], b"\x83"),
        ([7, -7, 0, 5], b"\x97\x50"),
    ):
        sent, expected = f"the integers {given}", f"the bytes {wanted.hex(' ')}"
        got = packed(student, sent, expected, np.array(given, np.int8))
        expect(got == wanted, sent, expected, f"the bytes {got.hex(' ')}")


@check(
    task=2, points=1, likely="an odd number loses its last integer, or the array is not taken row by row", read=ONE_BYTE
)
def test_every_array_comes_back(student: Student, random):
    """Whatever the shape, and also if their number is odd, each integer is there, in order"""
    for shape in ((3,), (5, 5), (3, 4, 2), (0,)):
        given = random.integers(-8, 8, shape).astype(np.int8)
        if given.size:
            given.flat[-1] = -5
        count = math.ceil(given.size / 2)
        sent, expected = f"int8 of the shape {shape}", f"{count} bytes with its integers in order"
        got = packed(student, sent, expected, given)
        expect(len(got) == count, sent, expected, f"{len(got)} bytes")
        in_order = halves_of(got, given.size) == given.ravel().tolist()
        expect(in_order, sent, f"the integers {given.ravel()[:8].tolist()}", halves_of(got, given.size)[:8])
        if given.size % 2:
            expect(got[-1] >> 4 == 0, sent, "0 in the last upper half", got[-1] >> 4)


@check(task=2, points=1, likely="nothing is refused, and what does not fit is cut off without a word", read=ONE_BYTE)
def test_an_integer_of_more_than_four_bits_is_refused(student: Student):
    """What needs more than four bits is refused, and -8 and 7 are not"""
    fits = np.array([-8, 7, 0], np.int8)
    accepted(student, "ValueError", "the integers -8, 7, 0", PACK, fits)
    for odd in (8, -9, 127, -128):
        refusal(student, "ValueError", f"the integers 1, {odd}, 2", PACK, np.array([1, odd, 2], np.int8))


@check(task=2, points=1, likely="quantize or pack is right for small arrays alone", read=ONE_BYTE)
def test_the_real_layer_keeps_its_answers_in_half_the_bytes(student: Student):
    """The largest layer of the course is packed into 15,360 bytes, and 95 of 100 real pictures keep their label"""
    layer = real.weights()["dense1"]
    largest = largest_of(layer)[:, None]
    integers = np.round(layer / largest * 7).astype(np.int8)
    sent, expected = "dense1 as integers of four bits", "15,360 bytes"
    got = packed(student, sent, expected, integers)
    expect(len(got) == 15_360, sent, expected, f"{len(got):,} bytes")
    back = np.array(halves_of(got, layer.size)).reshape(layer.shape) * largest / 7
    changed = real.weights() | {"dense1": back.astype(np.float32)}
    same = int((real.labels_by(changed, real.pictures()) == real.labels_by(real.weights(), real.pictures())).sum())
    expect(same >= 95, sent, "at least 95 of 100 labels as before", f"{same} of 100")


# Task 3


CHOOSE = "driver:choose"
SIZES = dict(zip(LAYERS, (150, 2400, 30720, 10080, 840), strict=True))


def table(random: np.random.Generator) -> dict[str, dict[int, float]]:
    """How much harm each layer does with so many bits; not all layers have the same choices."""
    drawn = {layer: np.sort(random.uniform(0.001, 0.2, 3)) for layer in SIZES}
    choices = {layer: ((8, 4, 3) if number % 2 else (8, 6, 2)) for number, layer in enumerate(SIZES)}
    return {layer: dict(zip(choices[layer], np.round(drawn[layer], 4).tolist(), strict=True)) for layer in SIZES}


def every(sizes: dict[str, int], harm: dict[str, dict[int, float]]) -> list[tuple[float, int, dict[str, int]]]:
    """Harm, bytes and bits of each choice."""
    found = []
    for bits in itertools.product(*(harm[layer] for layer in sizes)):
        chosen = dict(zip(sizes, bits, strict=True))
        taken = sum(-(-count * chosen[layer] // 8) for layer, count in sizes.items())
        found.append((round(sum(harm[layer][b] for layer, b in chosen.items()), 9), taken, chosen))
    return found


def chosen(student: Student, sent: str, sizes: dict, harm: dict, budget: int) -> tuple[float, int]:
    """Harm and bytes of what the student has chosen, and what is best."""
    wanted = min((one for one in every(sizes, harm) if one[1] <= budget), key=lambda one: one[:2])
    expected = f"{wanted[2]}: harm {wanted[0]:.4f} in {wanted[1]:,} bytes"
    got = returned(
        student, sent, expected, CHOOSE, sizes, [[k, [*v.items()]] for k, v in harm.items()], budget, kind=dict
    )
    [fitting] = [one for one in every(sizes, harm) if one[2] == got] or [None]
    told = f"{got}: harm {fitting[0]:.4f} in {fitting[1]:,} bytes" if fitting else got
    over = max(0, fitting[1] - budget) if fitting else 0
    told = f"{told}, which is more than {budget:,}" if over else told
    rounded = over < len(sizes)  # more cannot come of rounding
    expect(fitting and fitting[:2] == wanted[:2], sent, expected, told, fits=rounded)
    return wanted[:2]


@check(
    task=3, points=2, likely="layers are chosen one after another, and what is left is not the best of all", read=LUCK
)
def test_it_is_the_least_harm_that_fits(student: Student, random):
    """Of all choices that fit, it is the one with the least harm"""
    for budget in (20_000, 24_000, 30_000, 38_000, 44_190):
        harm = table(random)
        chosen(student, f"the sizes of LeNet-5 and {budget:,} bytes, harm {harm}", SIZES, harm, budget)


@check(
    task=3,
    points=1,
    likely="bytes are rounded once for all layers, or not at all, or the limit itself is left out",
    read=LUCK,
)
def test_bytes_are_rounded_up_in_each_layer(student: Student):
    """Each layer's bytes are rounded up, and a budget may be used to the last byte"""
    sizes = {"a": 3, "b": 3, "c": 3}
    harm = {"a": {8: 0.0, 4: 0.3}, "b": {8: 0.0, 4: 0.2}, "c": {8: 0.0, 4: 0.1}}
    for budget in (6, 7, 8, 9):  # three weights of 4 bits need 2 bytes, of 8 bits 3
        chosen(student, f"three layers of 3 weights and {budget} bytes, harm {harm}", sizes, harm, budget)


@check(task=3, points=1, likely="the first of several equal ones is taken", read=LUCK)
def test_of_equal_harm_it_takes_the_fewest_bytes(student: Student):
    """If several do the same harm, it is the one of the fewest bytes"""
    sizes = {"a": 10, "b": 20, "c": 10}
    for harm in (
        {"a": {8: 0.1, 4: 0.1}, "b": {8: 0.2, 4: 0.2}, "c": {8: 0.3, 4: 0.3}},
        {"a": {8: 0.1, 4: 0.2}, "b": {8: 0.2, 4: 0.3}, "c": {8: 0.3, 4: 0.4}},
    ):
        budget = 40 if harm["a"][4] == 0.1 else 34
        chosen(student, f"layers of 10, 20 and 10 weights and {budget} bytes, harm {harm}", sizes, harm, budget)


@check(
    task=3,
    points=1,
    likely="an empty list is given to min, or the smallest is returned although it does not fit",
    read=LUCK,
)
def test_a_budget_that_nothing_fits_is_refused(student: Student):
    """A budget that nothing fits is refused, and one that just fits is not"""
    harm = [["a", [[8, 0.0], [4, 0.1]]]]
    accepted(student, "ValueError", "a layer of 10 weights and 5 bytes", CHOOSE, {"a": 10}, harm, 5)
    sent = "a layer of 10 weights, 4 or 8 bits, and 4 bytes"
    told = refusal(student, "ValueError", sent, CHOOSE, {"a": 10}, harm, 4)
    expect("min()" not in told and "empty" not in told, sent, "a message of yours that says what is wrong", told)
