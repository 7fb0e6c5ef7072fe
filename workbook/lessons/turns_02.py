"""The turns of lesson 02: scale a picture, work out shapes, turn labels back, and divide by the right sum."""

from __future__ import annotations

import numpy as np

from workbook.lessons.turn import Turn, a_or_an, expect

DIM = np.array([[[0, 51], [102, 204]]], dtype=np.uint8)  # the picture of the first turn
CONFUSION = np.array([[7, 1, 5], [2, 4, 3], [1, 6, 15]])  # of the last: no row adds up to the same as its column


def prepared(scaled: object, model_input: object) -> None:
    """``DIM`` divided by 255, as float32, and with the channel axis."""
    expect(isinstance(scaled, np.ndarray), f"scaled is {a_or_an(scaled)}, not an array")
    expect(scaled.dtype != np.float64, "scaled is float64; turn pixels into float32 before you divide")
    expect(scaled.dtype == np.float32, f"scaled has whole numbers ({scaled.dtype}); 51 / 255 should become 0.2")
    brightest = float(scaled.max())
    expect(
        not np.isclose(brightest, 1),
        "204 became 1.0: that divides by the brightest pixel of this picture, so a dim one looks like a bright one; "
        "divide by 255, always",
    )
    expect(np.allclose(scaled.ravel(), DIM.ravel() / 255), f"204 became {brightest:.4g}; 204 / 255 is 0.8")
    _has_channel(model_input)


def _has_channel(model_input: object) -> None:
    expect(isinstance(model_input, np.ndarray), f"model_input is {a_or_an(model_input)}, not an array")
    wanted = (*DIM.shape, 1)
    expect(
        model_input.shape == wanted,
        f"model_input has the shape {model_input.shape}; with one channel at the end it is {wanted}",
    )
    expect(np.allclose(model_input.ravel(), DIM.ravel() / 255), "model_input has different numbers from scaled")
    expect(model_input.dtype == np.float32, f"model_input is {model_input.dtype}, no longer float32")


def shapes(sizes: dict[str, object]) -> None:
    """Height after each layer of LeNet-5, from 32 pixels, and the length of the row after flatten."""
    before = 32
    for layer in ("conv1", "pool1", "conv2", "pool2"):
        right = before - 5 + 1 if layer.startswith("conv") else before // 2
        if layer.startswith("conv"):
            why = f"a window 5 wide fits {before} - 5 + 1 times on {before} pixels"
        else:
            why = f"pooling halves {before}"
        expect(sizes[layer] == right, f"{layer}: you have {sizes[layer]}; {why}")
        before = right
    row, got = before * before * 16, sizes["flatten"]
    expect(got != before * before, f"flatten: {got} is one map; there are 16 of them")
    expect(got == row, f"flatten: you have {got}; count height times width times the number of maps that conv2 makes")


def labels(got: object) -> None:
    """The whole numbers that the one-hot rows represent."""
    got, right = np.asarray(got), np.array([9, 0, 0, 3])
    expect(got.shape != (), f"you have the single number {got}; look for the largest in each row: which axis is that?")
    expect(
        got.shape == right.shape,
        f"you have {got.size} numbers, and there are 4 rows: the axis along which you look is the other one",
    )
    expect(
        not np.allclose(got, 1),
        "each row gave 1, which is the value of its largest number; you want its place in the row",
    )
    expect(np.array_equal(got, right), f"you have {got.tolist()}; expected [9, 0, 0, 3]")


def precision_and_recall(function: object) -> None:
    """Precision divides by the column, all that got the answer; recall by the row, all that are of the class."""
    for label in range(len(CONFUSION)):
        got = function(CONFUSION, label)
        expect(all(np.ndim(part) == 0 for part in got), "each should be one number: add up the row or the column")
        right = CONFUSION[label, label]
        precision, recall = right / CONFUSION[:, label].sum(), right / CONFUSION[label].sum()
        expect(
            not np.allclose(got, (recall, precision)),
            "they are swapped: what the network called a shirt is a column, what is a shirt is a row",
        )
        for name, number, wanted in zip(("precision", "recall"), got, (precision, recall), strict=True):
            expect(
                np.isclose(number, wanted),
                f"for class {label} of a small table the {name} is {float(number):.3f}; expected {wanted:.3f}. "
                "Is it all that got this answer, or all that are of this class, or neither?",
            )


TURNS: tuple[Turn, ...] = (
    Turn(
        name="02 prepare",
        check=prepared,
        idea="204 is 0.8 in every picture, whatever else is in it. That is what training and serving must agree on.",
        answer=("pixels.astype(np.float32) / 255", "scaled[..., np.newaxis]"),
        wrong=(
            ("pixels / 255", "scaled[..., np.newaxis]"),
            ("pixels // 255", "scaled[..., np.newaxis]"),
            ("pixels.astype(np.float32) / pixels.max()", "scaled[..., np.newaxis]"),
            ("pixels.astype(np.float32) / 256", "scaled[..., np.newaxis]"),
            ("pixels.astype(np.float32) / 255", "scaled"),
            ("pixels.astype(np.float32) / 255", "scaled[np.newaxis]"),
            ("pixels.astype(np.float32) / 255", "pixels[..., np.newaxis]"),
        ),
    ),
    Turn(
        name="02 shapes",
        check=shapes,
        idea="With 400 numbers in the row, dense1 grows from 30,840 to 48,120 parameters; the convolutions stay.",
        answer=("28", "14", "10", "5", "400"),
        wrong=(
            ("27", "13", "8", "4", "256"),
            ("32", "16", "16", "8", "1024"),
            ("28", "14", "10", "5", "25"),
            ("28", "14", "10", "5", "5 * 5 * 6"),
        ),
    ),
    Turn(
        name="02 labels",
        check=labels,
        idea="The place of the 1 in each row is the label. It is also how a label is read off ten scores.",
        answer=("rows.argmax(axis=1)",),
        wrong=(
            ("rows.argmax()",),
            ("rows.argmax(axis=0)",),
            ("rows.max(axis=1)",),
            ("rows.argmin(axis=1)",),
        ),
    ),
    Turn(
        name="02 precision and recall",
        check=precision_and_recall,
        idea="A column is all that got the answer, a row is all that are of the class.",
        answer=("confusion[:, label].sum()", "confusion[label].sum()"),
        wrong=(
            ("confusion[label].sum()", "confusion[:, label].sum()"),
            ("confusion.sum()", "confusion[label].sum()"),
            ("confusion[:, label].sum()", "confusion.sum()"),
            ("confusion[:, label]", "confusion[label]"),
        ),
    ),
)
