"""The turns of lesson 12: integers with a scale, what changed, what an input takes, a text's length, a copied layer."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np

from workbook.lessons.turn import Turn, a_or_an, expect, items_of, number_of


def check_integers(integers: Callable[[np.ndarray, float], np.ndarray]) -> None:
    """Whether each weight becomes the nearest whole number of scales, as int8."""
    for scale in (0.01, 0.25):
        wanted = np.array([[0, 1, 127], [-127, -3, 5]])
        for shift, why in ((0.0, "each is a whole number of scales"), (0.4, "0.4 scales too high"), (-0.4, "too low")):
            weights = (wanted + shift) * scale
            found = integers(weights.astype(np.float32), scale)
            said = f"{weights.round(4).tolist()} with the scale {scale} ({why}) gave"
            expect(found is not None, f"{said} nothing: the function returns nothing")
            expect(isinstance(found, np.ndarray) and found.shape == wanted.shape, f"{said} no array of the same shape")
            expect((found == wanted).all(), f"{said} {found.tolist()}, expected {wanted.tolist()}")
            expect(found.dtype == np.int8, f"{said} {found.dtype}, expected int8: .astype(np.int8) makes it one byte")


def check_changes(changes: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[int, int]]) -> None:
    """Whether it counts the pictures that were won, and those that were lost."""
    right = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    for before, after, expected in (
        ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 0], (0, 1)),
        ([9, 9, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 9, 5, 6, 7], (2, 1)),
        ([9, 9, 9, 3, 4, 5, 6, 7], [8, 8, 8, 3, 4, 5, 6, 7], (0, 0)),
        ([9, 9, 9, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7], (3, 0)),
    ):
        found = changes(np.array(before), np.array(after), right)
        said = f"labels {before} before, {after} after, {right.tolist()} right: gave {found}"
        pair = items_of(found, said)
        expect(len(pair) == 2, f"{said}; expected two numbers, won and lost")
        counts = tuple(int(number_of(one, said)) for one in pair)
        expect(counts == expected, f"{said}, expected {expected}: won is wrong before and right after")


def check_feed(feed: Callable[[np.ndarray, float, int], np.ndarray]) -> None:
    """Whether pixels become what an input with this scale and zero takes."""
    pixels = np.array([[0, 1, 4, 100, 255]], np.uint8)
    for scale, zero, expected in (
        (1 / 255, 0, [0, 1, 4, 100, 255]),
        (1 / 255, -128, [-128, -127, -124, -28, 127]),
        (1 / 51, 3, [3, 3, 4, 23, 54]),
    ):
        found = feed(pixels, scale, zero)
        said = f"pixels {pixels[0].tolist()} for a scale of {scale:.5f} and a zero of {zero} gave"
        expect(found is not None, f"{said} nothing: the function returns nothing")
        flat = np.asarray(found, float).ravel()
        expect(flat.size == 5, f"{said} {flat.size} numbers, expected 5")
        said = f"{said} {flat.round(3).tolist()}, expected {expected}"
        near = np.abs(flat - expected).max() <= 1
        expect(near, f"{said}: pixels / 255 is what the network learned")
        expect((flat == expected).all(), f"{said}: the nearest whole numbers go in, so round")


def check_text(text_length: Callable[[int], int]) -> None:
    """Whether it gives the length of base64, the padding included."""
    for count in (0, 1, 2, 3, 4, 300, 177_704):
        found = text_length(count)
        said = f"{count:,} bytes gave {found}"
        expected = len(base64.b64encode(bytes(count)))
        value = number_of(found, said)
        expect(value == expected, f"{said}, expected {expected:,}: each 3 bytes are 4 letters, and so is what is left")


def check_copy(layer_of: Callable[[str, list[int]], np.ndarray]) -> None:
    """Whether a text of base64 becomes the weights again."""
    for shape in ([3, 5], [7], [2, 3, 3, 1]):
        weights = np.random.default_rng(12).normal(size=shape).astype("<f4")
        found = layer_of(base64.b64encode(weights.tobytes()).decode(), list(shape))
        said = f"the text of weights of the shape {shape}"
        expect(found is not None, f"{said}: the function returns nothing")
        expect(isinstance(found, np.ndarray), f"{said} gave {a_or_an(found)}, expected an array")
        expect(found.dtype == np.float32, f"{said} gave {found.dtype} numbers, expected float32: four bytes each")
        expect(found.shape == tuple(shape), f"{said} gave the shape {found.shape}")
        expect((found == weights).all(), f"{said} gave other numbers")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="12 integers",
        check=check_integers,
        idea="One byte for each weight instead of four, and one scale for all of them.",
        answer=("np.round(weights / scale).astype(np.int8)",),
        wrong=(
            ("(weights / scale).astype(np.int8)",),
            ("np.round(weights * scale).astype(np.int8)",),
            ("np.round(weights / scale)",),
            ("np.round(weights).astype(np.int8)",),
            ("np.floor(weights / scale).astype(np.int8)",),
            ("(weights // scale).astype(np.int8)",),
        ),
    ),
    Turn(
        name="12 changes",
        check=check_changes,
        idea="The accuracy has only their difference. With 50 won and 50 lost it would not move at all.",
        answer=("((before != right) & (after == right)).sum(), ((before == right) & (after != right)).sum()",),
        wrong=(
            ("(after == right).sum(), (after != right).sum()",),
            ("(before != after).sum(), (before == after).sum()",),
            ("((before == right) & (after != right)).sum(), ((before != right) & (after == right)).sum()",),
            ("((before != after) & (after == right)).sum(), ((before != after) & (after != right)).sum()",),
        ),
    ),
    Turn(
        name="12 feed",
        check=check_feed,
        idea="Scale and zero are in the file. An app that reads them there need not know how it was made.",
        answer=("np.round(pixels / 255 / scale + zero)",),
        wrong=(
            ("np.round(pixels / scale + zero)",),
            ("np.round(pixels / 255 * scale + zero)",),
            ("np.round((pixels / 255 + zero) / scale)",),
            ("pixels / 255 / scale + zero + 0.3",),
            ("(pixels / 255 / scale + zero).astype(int)",),
            ("np.floor(pixels / 255 / scale + zero)",),
            ("pixels",),
        ),
    ),
    Turn(
        name="12 text",
        check=check_text,
        idea="A third more. On its way to the visitor most of it goes again: servers send pages compressed.",
        answer=("4 * -(-count // 3)",),
        wrong=(
            ("4 * count // 3",),
            ("4 * (count // 3)",),
            ("2 * count",),
            ("count",),
        ),
    ),
    Turn(
        name="12 copy",
        check=check_copy,
        idea="That is all it takes to have a layer of somebody else's model.",
        answer=('np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)',),
        wrong=(
            ('np.frombuffer(base64.b64decode(text), "<f8").reshape(-1)',),
            ('np.frombuffer(text.encode(), "<f4")',),
            ('np.frombuffer(base64.b64decode(text), "<f4")',),
            ('np.frombuffer(base64.b64decode(text), ">f4").reshape(shape)',),
            ("np.frombuffer(base64.b64decode(text), np.uint8)",),
            ('np.frombuffer(base64.b64decode(text), "<f4").reshape(shape[0], -1)',),
        ),
    ),
)
