"""The checks of lab 02: shapes and parameters, numbers worked out by hand, and digits that nobody has seen."""

from __future__ import annotations

import numpy as np
import pytest

from workbook.labs.checks.assertions import Student, check, expect, of_kind, returned

PREPARE, BUILD = "Prepare the pixels", "Build LeNet-5"
SHAPES, COUNT, LEARN = "Work out the shapes by hand", "Count the parameters by hand", "Say how it should learn"
MEASURE, CONFUSION, ONE_PLACE = "Measure it on the test set", "See what is taken for what", "Keep it in one place"
LAYERS = [
    ["Conv2D", [24, 24, 6], "relu"],
    ["AveragePooling2D", [12, 12, 6], ""],
    ["Conv2D", [8, 8, 16], "relu"],
    ["AveragePooling2D", [4, 4, 16], ""],
    ["Flatten", [256], ""],
    ["Dense", [120], "relu"],
    ["Dense", [84], "relu"],
    ["Dense", [10], "softmax"],
]
# Five pictures of three classes. Class 2 is there once and is never predicted.
SCORES = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.5, 0.4, 0.1], [0.3, 0.6, 0.1]])
LABELS = np.array([0, 0, 1, 1, 2])


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


def patterns(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten kinds of bright bars in noise, as model input (n, 28, 28, 1), and their labels."""
    labels = random.integers(0, 10, count)
    images = random.random((count, 28, 28)) * 0.3
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 2 : 2 * label + 6, 4:24] += 0.7
    return images[..., np.newaxis].astype(np.float32), labels


# Task 1


@check(task=1, points=1, likely="the digits go from 0 to 16, and were divided by another number", read=PREPARE)
def test_the_digits_are_scaled(student: Student, random):
    """Digits of 0 to 16 become numbers from 0 to 1"""
    pixels = random.integers(0, 13, (5, 8, 8)).astype(
        np.uint8
    )  # none reaches 16, so dividing by the brightest is found out
    sent, expected = "five digits, in a range from 0 to 16", "each pixel divided by 16"
    got = rows(student, sent, expected, pixels).ravel()
    scaled = 0 < got.max() != pixels.max() and np.allclose(got / got.max(), pixels.ravel() / pixels.max(), atol=1e-3)
    expect(np.allclose(got, pixels.ravel() / 16), sent, expected, got, fits=scaled)


@check(task=1, points=1, likely="the rows were not flattened, or the type is float64", read=PREPARE)
def test_each_digit_is_a_row(student: Student, random):
    """Each digit is a row of 64 float32"""
    pixels = random.integers(0, 17, (5, 8, 8)).astype(np.uint8)
    sent, expected = "five digits of 8x8", "float32 of shape (5, 64)"
    got = rows(student, sent, expected, pixels)
    expect((got.shape, got.dtype) == ((5, 64), np.float32), sent, expected, got)


def rows(student: Student, sent: str, expected: str, pixels: np.ndarray) -> np.ndarray:
    """What ``to_rows`` returns: an array with a number for each pixel, whatever its shape and type."""
    got = returned(student, sent, expected, "pipeline.digits:to_rows", pixels, kind=np.ndarray)
    numbers = got.size == pixels.size and got.dtype.kind in "fiu"
    expect(numbers, sent, f"{expected}; a number for each of {pixels.size} pixels", got, fits=False)
    return got


# Task 2


@check(task=2, points=2, likely="a layer is missing, or has the wrong filters, padding or activation", read=SHAPES)
def test_the_layers_are_lenets(student: Student):
    """The layers are those of LeNet-5, with their shapes"""
    built = network(student, 10, "the layers of LeNet-5")
    expect(built["input"] == [None, 28, 28, 1], "build_lenet()", "an input of (None, 28, 28, 1)", built["input"], False)
    layers = [layer for layer in built["layers"] if layer[0] not in ("InputLayer", "Dropout")]
    for number, (got, wanted) in enumerate(zip(layers, LAYERS, strict=False), start=1):
        plain = [got[0], got[1], "" if got[2] == "linear" else got[2]]
        expect(plain == wanted, "build_lenet()", f"layer {number}: {_words(wanted)}", _words(got))
    expect(len(layers) == len(LAYERS), "build_lenet()", f"{len(LAYERS)} layers", len(layers))


@check(task=2, points=1, likely="a layer differs in size from the table in notebook 02", read=COUNT)
def test_the_parameters_are_counted_right(student: Student):
    """It has 44,426 parameters, or 44,001 for 5 classes"""
    for classes, parameters in ((10, 44426), (5, 44001)):
        got = network(student, classes, f"{parameters} parameters")["parameters"]
        expect(got == parameters, f"build_lenet({classes})", f"{parameters} parameters", got)


def network(student: Student, classes: int, expected: str) -> dict:
    """What ``build_lenet`` has built, as ``driver.network`` describes it."""
    sent = f"build_lenet({classes})"
    built = returned(student, sent, expected, "driver:network", classes)
    expect(isinstance(built, dict), sent, "a Keras model", built, fits=False)
    return built


@check(task=2, points=1, likely="the last layer has no softmax", read=BUILD)
def test_scores_add_up_to_one(student: Student, random):
    """Each row of scores adds up to one"""
    sent, expected = "six pictures", "ten scores per picture, which add up to 1"
    got = returned(student, sent, expected, "driver:scores", patterns(random, 6)[0], kind=np.ndarray)
    expect(got.shape == (6, 10), sent, expected, got, fits=False)
    expect(np.allclose(got.sum(axis=1), 1, atol=1e-4), sent, expected, f"sums of {got.sum(axis=1).round(3).tolist()}")


@check(task=2, points=2, likely="it was not compiled, or for another kind of labels", read=LEARN)
def test_it_learns(student: Student, random):
    """It learns from whole-number labels"""
    images, labels = patterns(random, 600)
    others, truth = patterns(random, 200)
    sent, expected = "600 easy pictures, for four epochs", "more than 0.8 of 200 others right"
    got = returned(student, sent, expected, "driver:learned", images, labels, others)
    expect(not isinstance(got, str), sent, "a model that `fit` can train", got)
    of_kind(got, sent, "a Keras model", np.ndarray)
    expect(got.shape == (200, 10), sent, "ten scores per picture", got, fits=False)
    accuracy = float(np.mean(got.argmax(axis=1) == truth)) if np.isfinite(got).all() else 0.0
    expect(accuracy > 0.8, sent, expected, f"{accuracy:.2f}")


# Task 3


@check(
    task=3,
    points=1,
    likely="accuracy is the share of pictures whose highest score is for the right class",
    read=MEASURE,
)
def test_accuracy(student: Student, random):
    """Accuracy is the share of right answers"""
    sent = "five pictures, three of them right"
    got = measured(student, sent, "0.6", SCORES, LABELS)["accuracy"]
    expect(_near(got, 3 / 5), sent, "0.6", got)
    labels, scores = random.integers(0, 10, 500), random.random((500, 10))
    truth = float(np.mean(scores.argmax(axis=1) == labels))
    got = measured(student, "500 random rows", f"{truth}", scores, labels)["accuracy"]
    expect(_near(got, truth), "500 random rows", f"{truth}", got)


@check(task=3, points=2, likely="precision and recall are swapped, or averaged over the classes", read=MEASURE)
def test_precision_and_recall(student: Student):
    """Precision and recall, one value per class"""
    for count, sent, precision, recall in (
        (5, "five pictures of three classes; class 2 is never predicted", [2 / 3, 1 / 2, 0], [1, 1 / 2, 0]),
        (4, "four pictures, none of class 2, and none taken for it", [2 / 3, 1, 0], [1, 1 / 2, 0]),
    ):
        got = measured(student, sent, "precision and recall", SCORES[:count], LABELS[:count])
        for name, wanted in (("precision", precision), ("recall", recall)):
            expect(_near(got[name], wanted), sent, f"{name} {np.round(wanted, 3).tolist()}", got[name])


@check(task=3, points=1, likely="F1 is not the plain mean of the two, but 2·P·R / (P + R)", read=MEASURE)
def test_f1(student: Student):
    """F1, one value per class"""
    sent, wanted = "five pictures of three classes", [0.8, 0.5, 0]
    got = measured(student, sent, f"F1 {wanted}", SCORES, LABELS)["f1"]
    expect(_near(got, wanted), sent, f"F1 {wanted}", got)


@check(
    task=3,
    points=1,
    likely="rows and columns are swapped, or a missing class has no row",
    read=CONFUSION,
)
def test_confusion(student: Student):
    """Row i, column j: pictures of class i taken for class j"""
    for count, sent, wanted in (
        (5, "five pictures of three classes", [[2, 0, 0], [1, 1, 0], [0, 1, 0]]),
        (4, "four pictures, none of class 2", [[2, 0, 0], [1, 1, 0], [0, 0, 0]]),
    ):
        got = measured(student, sent, f"{wanted}", SCORES[:count], LABELS[:count])["confusion"]
        expect(_near(got, wanted), sent, f"{wanted}", got)


def measured(student: Student, sent: str, expected: str, scores: np.ndarray, labels: np.ndarray) -> dict:
    """The numbers in what ``evaluate`` returns."""
    got = returned(student, sent, expected, "driver:measure", scores, labels)
    expect(isinstance(got, dict), sent, "an Evaluation", got, fits=False)
    return got


# Task 4


@check(task=4, points=1, likely="the mean is weighted, or a name is wrong", read=MEASURE)
def test_the_summary_has_four_figures(student: Student, random):
    """Accuracy and the unweighted means of the others"""
    figures = [random.random(4) for _ in range(3)]
    accuracy = float(random.random())
    names = ("macro_precision", "macro_recall", "macro_f1")
    wanted = {"accuracy": accuracy, **{name: float(values.mean()) for name, values in zip(names, figures, strict=True)}}
    sent, expected = "the numbers of four classes", f"{ {name: round(value, 4) for name, value in wanted.items()} }"
    got = summed_up(student, sent, expected, accuracy, *figures)["values"]
    right = set(got) == set(wanted) and all(_near(got[name], wanted[name], 1e-3) for name in wanted)
    expect(right, sent, expected, got)


@check(
    task=4, points=1, likely="a NumPy float is left, which JSON does not accept; or it was not rounded", read=MEASURE
)
def test_the_summary_is_plain(student: Student):
    """Plain floats with four decimal places"""
    third = np.full(3, 1 / 3, np.float32)
    wanted = [0.3333, 0.3333, 0.3333, 0.6667]
    got = summed_up(student, "thirds", f"{wanted}", np.float64(2 / 3), third, third, third)
    expect(got["types"] == ["float"], "NumPy's figures", "values of type float", f"values of {', '.join(got['types'])}")
    expect(sorted(got["values"].values()) == wanted, "thirds", f"{wanted}", got["values"])


def summed_up(student: Student, sent: str, expected: str, *figures: object) -> dict:
    """What ``summary`` makes of these numbers, as ``driver.summary`` tells it."""
    got = returned(student, sent, expected, "driver:summary", *figures)
    expect(isinstance(got, dict) and isinstance(got.get("values"), dict), sent, "a dictionary", got, fits=False)
    return got


# Task 5


@check(task=5, points=2, likely="it was trained on unscaled pixels, or stopped before it had learned", read=ONE_PLACE)
def test_new_digits_are_read(student: Student, random):
    """At least 0.93 of digits it has never seen are right"""
    pixels, labels = _digits()
    order = random.permutation(len(labels))
    train, test = order[:1437], order[1437:]
    sent, expected = "1,437 digits to learn from, and 360 others", "0.93 of these right"
    got = taken_for(student, sent, expected, (pixels[train], labels[train]), pixels[test])
    accuracy = float(np.mean(got == labels[test]))
    expect(accuracy >= 0.93, sent, expected, f"{accuracy:.3f}")


@check(task=5, points=1, likely="labels are taken from elsewhere: only the given ones count", read=ONE_PLACE)
def test_it_learns_the_labels_it_is_given(student: Student, random):
    """It learns from what it is given, whatever that is"""
    pixels, labels = _digits()
    renamed = random.permutation(10)[labels]
    sent, expected = "digits with their names swapped", "the swapped names"
    got = taken_for(student, sent, expected, (pixels[:1400], renamed[:1400]), pixels[1400:])
    accuracy = float(np.mean(got == renamed[1400:]))
    expect(accuracy >= 0.85, sent, expected, f"{accuracy:.3f} right")


def taken_for(student: Student, sent: str, expected: str, train: tuple, others: np.ndarray) -> np.ndarray:
    """What a model that has learned from ``train`` takes the ``others`` for."""
    got = returned(student, sent, expected, "driver:digits", *train, others)
    expect(isinstance(got, np.ndarray), sent, "a classifier that has learned, with `predict`", got, fits=False)
    expect(np.shape(got) == (len(others),), sent, f"{len(others)} labels", got, fits=False)
    return got


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # it takes a second to import, which the other checks need not wait for

    digits = load_digits()
    return digits.images.astype(np.uint8), digits.target


def _near(got: object, wanted: object, tolerance: float = 1e-6) -> bool:
    try:
        return np.shape(got) == np.shape(wanted) and bool(np.allclose(np.asarray(got, float), wanted, atol=tolerance))
    except (TypeError, ValueError):
        return False


def _words(layer: list) -> str:
    return f"{layer[0]}, {'x'.join(map(str, layer[1]))}{f', {layer[2]}' if layer[2] not in ('', 'linear') else ''}"
