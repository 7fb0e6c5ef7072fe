"""The checks of lab 12 on the page: canvases with real pictures and colors, and weights as text."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import real

from workbook.labs.checks.assertions import Student, accepted, check, expect, refusal, returned

SAME, COPY, TEXT = "Get the same pixels", "See what everybody can copy", "Send weights as text"
CANVAS, READ = "pipeline.quantization.page:canvas_pixels", "pipeline.quantization.page:read_weights"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


def block(top: int, left: int, height: int, width: int, level: int = 255) -> np.ndarray:
    levels = np.zeros((28, 28), np.uint8)
    levels[top : top + height, left : left + width] = level
    return levels


def prepared(student: Student, sent: str, expected: str, rgba: np.ndarray) -> np.ndarray:
    got = returned(student, sent, expected, CANVAS, rgba, kind=np.ndarray)
    expect(
        got.shape == (28, 28) and got.dtype == np.uint8, sent, "uint8 (28, 28)", f"{got.dtype} {got.shape}", fits=False
    )
    return got


def expect_picture(student: Student, sent: str, rgba: np.ndarray, wanted: np.ndarray) -> None:
    """Each pixel may be one level off."""
    expected = f"levels {told(wanted)}"
    got = prepared(student, sent, expected, rgba)
    expect(np.abs(got.astype(int) - wanted).max() <= 1, sent, expected, f"levels {told(got)}")


def told(picture: np.ndarray) -> str:
    rows, columns = (np.flatnonzero((picture > 12).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return f"up to {picture.max()}"
    box = f"rows {rows[0]} to {rows[-1]}, columns {columns[0]} to {columns[-1]}"
    return f"up to {picture.max()} in {box}, {picture.mean():.2f} in the mean"


# Task 4


@check(task=4, points=1, likely="what is transparent is taken for black, or the result is not inverted", read=SAME)
def test_dark_ink_on_white_paper_becomes_light_on_dark(student: Student, random):
    """Ink on a transparent canvas becomes light on dark, as strong as it is opaque"""
    levels = block(9, 10, 10, 8)
    levels[9:19, 10:18] = random.integers(40, 256, (10, 8))
    expect_picture(student, "black ink, more and less opaque, in the middle", real.canvas(levels), levels)


def opaque(levels: np.ndarray) -> np.ndarray:
    """A canvas of 84 by 84 that is covered with gray of these levels."""
    return np.dstack([np.kron(levels, np.ones((3, 3), np.uint8))] * 3 + [np.full((84, 84), 255, np.uint8)])


def half_and_half() -> np.ndarray:
    """Of the 108 outermost pixels 54 are at 254, but not half of any edge; all others are at 0."""
    levels = np.zeros((28, 28), np.uint8)
    levels[0], levels[1:21, 0], levels[1:7, -1] = 254, 254, 254
    levels[0, 5], levels[-1, 5] = 0, 254
    return levels


@check(task=4, points=1, likely="every picture is inverted, or none, or not by its outermost pixels", read=SAME)
def test_light_on_dark_stays_as_it_is(student: Student, random):
    """What is light on dark already is not inverted: that takes a median of the outermost pixels above 127.5"""
    levels = block(9, 10, 10, 8)
    levels[9:19, 10:18] = random.integers(40, 256, (10, 8))
    expect_picture(student, "an opaque canvas, light on black", opaque(levels), levels)
    expect_picture(student, "an opaque canvas, dark on white", opaque(255 - levels), levels)
    for sent, given in (("dark", half_and_half()), ("light", 254 - half_and_half())):
        told = f"half of the outermost pixels at 254, half at 0, so a median of 127, and all others {sent}"
        expect_picture(student, told, opaque(given), given)
    for paper, ink in ((127, 255), (128, 0)):
        given, wanted = np.full((28, 28), paper, np.uint8), np.full((28, 28), 127, np.uint8)
        given[9:19, 9:19], wanted[9:19, 9:19] = ink, 255
        expect_picture(student, f"paper of the level {paper} with ink of {ink}", opaque(given), wanted)


@check(task=4, points=1, likely="the three colors count equally, or only one of them counts", read=SAME)
def test_colors_count_as_the_eye_sees_them(student: Student):
    """Red, green and blue ink give the levels that the eye would"""
    for ink, level in (((255, 0, 0), 179), ((0, 255, 0), 105), ((0, 0, 255), 226), ((200, 30, 120), 164)):
        sent = f"ink of the color {ink} on a transparent canvas"
        expect_picture(student, sent, real.canvas(block(9, 9, 10, 10), ink), block(9, 9, 10, 10, level))
        faint = real.canvas(block(9, 9, 10, 10, 80), ink)
        expect_picture(student, f"{sent}, 80 of 255 opaque", faint, block(9, 9, 10, 10, round(level * 80 / 255)))


@check(task=4, points=1, likely="every nth point of the canvas is taken instead of the mean of a block", read=SAME)
def test_a_block_counts_with_all_its_points(student: Student):
    """A thin line counts with its share of each block, on canvases of any size"""
    for edges in ((112, 112), (280, 56), (28, 140)):
        rgba = np.zeros((*edges, 4), np.uint8)
        high, wide = edges[0] // 28, edges[1] // 28
        rgba[9 * high : 19 * high, 9 * wide : 19 * wide, 3] = 255
        rgba[9 * high : 19 * high, 9 * wide, 3] = 55
        wanted = block(9, 9, 10, 10)
        wanted[9:19, 9] = round(255 - 200 / wide)
        expect_picture(student, f"a canvas of {edges[0]} by {edges[1]} with a thin edge", rgba, wanted)


@check(
    task=4, points=2, likely="it is not moved, or to the wrong side of the middle, or only along one axis", read=SAME
)
def test_what_was_drawn_in_a_corner_comes_to_the_middle(student: Student):
    """What was drawn somewhere comes to the middle; of an odd number of rows, one less is above"""
    for height, width in ((10, 8), (5, 12), (9, 3), (28, 2)):
        wanted = block((28 - height) // 2, (28 - width) // 2, height, width)
        for top, left in ((0, 0), (28 - height, 0), (0, 28 - width)):
            sent = f"a bar of {height} by {width} at row {top}, column {left}"
            expect_picture(student, sent, real.canvas(block(top, left, height, width)), wanted)


@check(task=4, points=1, likely="a faint speck decides where the box is, or stays beside it", read=SAME)
def test_what_is_fainter_than_five_percent_is_no_part_of_the_box(student: Student):
    """Dust of up to 5 % is outside the box and is removed; a little more belongs to it; a blank canvas stays"""
    both = block(21, 20, 4, 4) + block(3, 3, 1, 1, 14)  # 22 rows and 21 columns, with 3 of each left above and before
    for level, wanted in ((12, block(12, 12, 4, 4)), (14, both)):
        levels = block(20, 20, 4, 4) + block(2, 3, 1, 1, level)
        expect_picture(student, f"a bar, and a speck of {level} in another corner", real.canvas(levels), wanted)
    expect_picture(student, "a canvas with nothing on it", real.canvas(block(0, 0, 0, 0)), block(0, 0, 0, 0))


@check(task=4, points=1, likely="the steps are in another order, or levels are not rounded", read=SAME)
def test_real_pictures_get_the_labels_of_the_training_pixels(student: Student):
    """Of 12 real pictures that were drawn on a canvas, moved aside, each gets its label"""
    wide = [one for one in real.pictures() if not one[:, :3].any() and not one[:, -3:].any()][:12]
    straight = [prepared(student, "a real picture", "28 by 28 levels", real.canvas(one)) for one in wide]
    aside = [np.roll(one, 3, axis=1) for one in wide]
    moved = [prepared(student, "the same, moved by 3 columns", "the same", real.canvas(one)) for one in aside]
    sent, expected = f"{len(wide)} real pictures, and the same moved by 3 columns", "the same levels for both"
    same = sum(np.array_equal(*pair) for pair in zip(straight, moved, strict=True))
    expect(same == len(wide), sent, expected, f"{same} of {len(wide)} are the same")
    middle = np.stack(wide)
    labels = real.labels_by(real.weights(), np.stack(straight))
    agree = int((labels == real.labels_by(real.weights(), middle)).sum())
    expect(agree >= len(wide) - 2, sent, f"at least {len(wide) - 2} labels of the test pictures", f"{agree}")


# Task 5


def as_text(*arrays: np.ndarray) -> str:
    return base64.b64encode(b"".join(one.tobytes() for one in arrays)).decode()


def spec(name: str, shape: tuple[int, ...], dtype: str, quantization: dict | None = None) -> dict:
    told = {"name": name, "shape": list(shape), "dtype": dtype}
    return told | ({"quantization": quantization} if quantization else {})


def expect_weights(student: Student, sent: str, specs: list[dict], text: str, wanted: dict[str, np.ndarray]) -> None:
    expected = ", ".join(f"{name}: {one.dtype} {one.shape}" for name, one in wanted.items())
    got = returned(student, sent, expected, READ, specs, text, kind=dict)
    arrays = got.keys() == wanted.keys() and all(isinstance(one, np.ndarray) for one in got.values())
    expect(arrays, sent, f"arrays of the names {[*wanted]}", got, fits=False)
    told = ", ".join(f"{name}: {one.dtype} {one.shape}" for name, one in got.items())
    alike = all((got[name].dtype, got[name].shape) == (one.dtype, one.shape) for name, one in wanted.items())
    expect(alike, sent, expected, told)
    for name, one in wanted.items():
        near = np.allclose(got[name], one, rtol=1e-5, atol=1e-6)
        expect(near, sent, f"{name} from {one.min():.4g} to {one.max():.4g}", got[name])


@check(
    task=5,
    points=2,
    likely="each weight is read from the beginning of the text, or as eight bytes for each number",
    read=COPY,
)
def test_floats_and_whole_numbers_come_back_in_their_shapes(student: Student, random):
    """Floats and whole numbers of four bytes come back, each in its shape"""
    one = random.normal(size=(5, 3)).astype("<f4")
    two = random.integers(-1000, 1000, (4,)).astype("<i4")
    three = random.normal(size=()).astype("<f4")
    specs = [spec("one", (5, 3), "float32"), spec("two", (4,), "int32"), spec("three", (), "float32")]
    wanted = {"one": one, "two": two, "three": three}
    expect_weights(student, "float32 (5, 3), int32 (4,), float32 ()", specs, as_text(one, two, three), wanted)


@check(
    task=5, points=2, likely="scale and min are left out, or the stored numbers are read as four bytes each", read=TEXT
)
def test_quantized_weights_are_worth_what_their_spec_says(student: Student, random):
    """Weights of two bytes and of one are read as they are stored, and given back as their dtype"""
    half = random.normal(size=(2, 3)).astype("<f2")
    byte = random.integers(0, 256, (7,)).astype("<u1")
    double = random.integers(0, 65536, (2, 2)).astype("<u2")
    last = random.normal(size=(3,)).astype("<f4")
    specs = [
        spec("half", (2, 3), "float32", {"dtype": "float16"}),
        spec("byte", (7,), "float32", {"dtype": "uint8", "scale": 0.02, "min": -1.5}),
        spec("double", (2, 2), "float32", {"dtype": "uint16", "scale": 0.0001, "min": -3.0}),
        spec("last", (3,), "float32"),
    ]
    wanted = {
        "half": half.astype(np.float32),
        "byte": (byte * 0.02 - 1.5).astype(np.float32),
        "double": (double * 0.0001 - 3.0).astype(np.float32),
        "last": last,
    }
    text = as_text(half, byte, double, last)
    expect_weights(student, "float16 (2, 3), uint8 (7,), uint16 (2, 2), float32 (3,)", specs, text, wanted)


@check(task=5, points=1, likely="the length of the text is not compared with what the specs need", read=TEXT)
def test_a_text_of_another_length_is_refused(student: Student, random):
    """A text with a number too few or too many is refused, and the right one is not"""
    numbers = random.normal(size=9).astype("<f4")
    specs = [spec("a", (4,), "float32"), spec("b", (2, 2), "float32")]
    accepted(student, "ValueError", "specs of 8 numbers and a text of 8", READ, specs, as_text(numbers[:8]))
    for count, what in ((7, "7"), (4, "4"), (9, "9")):
        sent = f"specs of 8 numbers and a text of {what}"
        refusal(student, "ValueError", sent, READ, specs, as_text(numbers[:count]))


@check(task=5, points=1, likely="the order of the numbers within a weight is changed", read=COPY)
def test_the_real_network_answers_as_before(student: Student):
    """The course's network, read from its text, gives 100 real pictures the labels that it gave before"""
    given = real.weights()
    specs = [spec(name, one.shape, "float32") for name, one in given.items()]
    sent, expected = "the weights of the course's network", "its layers"
    got = returned(student, sent, expected, READ, specs, as_text(*given.values()), kind=dict)
    shapes = {name: getattr(one, "shape", None) for name, one in got.items()}
    expect(shapes == {name: one.shape for name, one in given.items()}, sent, "its layers in their shapes", shapes)
    same = int((real.labels_by(got, real.pictures()) == real.labels_by(given, real.pictures())).sum())
    expect(same == 100, sent, "100 of 100 labels as before", f"{same} of 100")
