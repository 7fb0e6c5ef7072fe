"""Camera troubles, and the detectors that are to see them: true to their formulas, and to their false-alarm rate."""

from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from typer import Typer
from typer.testing import CliRunner

from pipeline.drift import __main__ as command
from pipeline.drift.detectors import ALL, c2st, calibrate, chi_square, ks, psi, windows
from pipeline.drift.evidence import LENET, STATISTICS, look, statistics_of
from pipeline.drift.study import Case, Sight, cases, fashion_mnist, held_out, sights, soonest, thresholds
from pipeline.drift.troubles import TROUBLES, digits_as_pictures, mixed, troubled
from server.model_card import EXTRA_FOLDER, PINNED_MODELS

pictures = arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(28), st.just(28)))
numbers = st.lists(st.integers(-5, 5), min_size=2, max_size=40).map(np.array)


@pytest.fixture(scope="module")
def data():
    return fashion_mnist()


@pytest.fixture(scope="module")
def clean(data):
    """Reference, calibration, and the test pictures, as they are seen."""
    return *held_out(data[0]), look(data[1])


@given(pictures, st.sampled_from(list(TROUBLES)), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_trouble_gives_pixels_of_the_same_shape_and_from_the_same_seed_the_same(pixels, name, seed):
    before = pixels.copy()
    changed = troubled(pixels, name, seed)
    assert (changed.dtype, changed.shape) == (np.uint8, pixels.shape)
    assert np.array_equal(pixels, before), "the pictures that came in are changed"
    assert np.array_equal(changed, troubled(pixels, name, seed))


@given(pictures)
@settings(max_examples=40, deadline=None)
def test_statistics_of_any_picture_are_finite(pixels):
    assert np.isfinite(statistics_of(pixels)).all()


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_changes_pictures(data, name):
    assert (troubled(data[1][:20], name) != data[1][:20]).any()


def test_an_unknown_trouble_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"no trouble 'rain'; there is noise 20, .*occlusion 14"):
        troubled(np.zeros((1, 28, 28), np.uint8), "rain")


def test_so_many_pictures_are_of_the_new_class_as_was_asked_for(data):
    digits = digits_as_pictures(5000)
    odd = (mixed(data[1][:5000], digits, 0.2) == digits).all(axis=(1, 2))
    assert abs(odd.mean() - 0.2) < 0.02


def test_a_picture_that_is_turned_by_180_degrees_has_its_light_at_the_other_end(data):
    row = STATISTICS.index("row")
    one, other = statistics_of(data[1][:50]), statistics_of(troubled(data[1][:50], "upside down"))
    assert np.allclose(one[:, row] + other[:, row], 27, atol=0.02)


def test_from_the_hidden_layer_the_last_layer_makes_the_scores(data):
    seen = look(data[1][:700])
    interpreter = Interpreter(str(LENET / EXTRA_FOLDER / "clothes.tflite"))
    interpreter.allocate_tensors()
    inside = {tuple(d["shape"]): interpreter.get_tensor(d["index"]) for d in interpreter.get_tensor_details()[:9]}
    scores = special.softmax(seen.hidden @ inside[10, 84].T + inside[10,], axis=1)
    assert np.allclose(scores.max(axis=1), seen.confidence, atol=1e-4)
    assert (scores.argmax(axis=1) == seen.label).mean() > 0.999


def test_a_model_that_litert_does_not_run_is_refused(data):
    with pytest.raises(ValueError, match=r"digits.1 holds no LiteRT file"):
        look(data[1][:1], PINNED_MODELS / "digits" / "1")


@given(numbers, numbers)
def test_the_distance_is_that_of_scipys_test(reference, window):
    assert ks(reference, window).distance == pytest.approx(stats.ks_2samp(reference, window, method="asymp").statistic)


def test_p_is_that_of_scipys_tests(clean):
    reference, _, tested = clean
    window = tested.take(slice(0, 200))
    of_values = stats.ks_2samp(reference.confidence, window.confidence, method="asymp").pvalue
    assert ks(reference.confidence, window.confidence).p == pytest.approx(of_values, rel=0.05)
    table = [np.bincount(evidence.label, minlength=10) for evidence in (reference, window)]
    of_classes = stats.chi2_contingency(table).pvalue
    assert chi_square(reference.label, window.label, 10).p == pytest.approx(of_classes, rel=0.05)


def test_the_classifier_of_the_two_sample_test_is_scikit_learns():
    rng = np.random.default_rng(0)
    reference, window = rng.normal(size=(500, 5)), rng.normal(0.3, 1, (200, 5))
    order = np.random.default_rng(7)
    both = [rows[order.permutation(len(rows))[:200]] for rows in (reference, window)]
    known, asked = np.concatenate([rows[:100] for rows in both]), np.concatenate([rows[100:] for rows in both])
    model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=100)).fit(known, np.repeat([0, 1], 100))
    assert c2st(reference, window, seed=7).distance == model.score(asked, np.repeat([0, 1], 100)) - 0.5


def test_a_window_of_three_is_too_small_for_a_classifier():
    with pytest.raises(ValueError, match="3 pictures are too few to train a classifier"):
        c2st(np.zeros((9, 2)), np.zeros((3, 2)))


def test_a_class_that_the_reference_never_had_is_a_finite_distance():
    finding = chi_square(np.repeat([0, 1], 500), np.repeat([2], 50), 3)
    assert 5 < finding.distance < 100 and finding.p < 1e-9


@pytest.mark.parametrize("name", ALL)
def test_a_calibrated_detector_raises_false_alarms_as_seldom_as_it_was_asked_to(clean, name):
    reference, held, tested = clean
    limit = calibrate(ALL[name], reference, windows(held, 100, 300, 1), 0.05)
    false = sum(ALL[name](reference, window).distance > limit for window in windows(tested, 100, 200, 2))
    assert false <= stats.binom.ppf(0.9999, 200, 0.075), "the threshold itself is an estimate, 0.05 give or take 0.0125"


def test_a_threshold_takes_enough_windows(clean):
    reference, held, _ = clean
    with pytest.raises(ValueError, match=r"50 windows are too few for a false-alarm rate of 0\.01"):
        calibrate(ALL["class"], reference, windows(held, 20, 50, 1), 0.01)


def test_the_usual_threshold_of_psi_is_wrong_for_small_windows(clean):
    reference, held, _ = clean
    above = [psi(reference.confidence, w.confidence).distance > 0.2 for w in windows(held, 50, 200, 1)]
    assert 0.15 < np.mean(above) < 0.6


def test_who_sees_what(data, clean, monkeypatch):
    """What the lesson says: light is seen in the brightness, and geometry in what the network makes of it."""
    reference, held, _ = clean
    limits = {name: {200: calibrate(ALL[name], reference, windows(held, 200, 200, 1))} for name in ALL}
    rates = {}
    for trouble in ("upside down", "light x0.8", "inversion"):
        seen = sights(look(troubled(data[1][:4000], trouble)), reference, limits, repeats=30)
        rates[trouble] = {name: by_size[200].rate for name, by_size in seen.items()}
    assert rates["upside down"]["brightness"] < 0.2 and rates["upside down"]["sharpness"] < 0.2
    assert rates["upside down"]["class"] > 0.9 and rates["upside down"]["c2st hidden"] > 0.9
    assert rates["light x0.8"]["brightness"] > 0.9 and rates["light x0.8"]["class"] < 0.2
    assert rates["inversion"]["brightness"] > 0.9 and rates["inversion"]["sharpness"] < 0.2


def test_harm_without_drift_and_drift_without_harm_are_among_the_cases(data):
    accuracy = {case.name: case.accuracy for case in cases(data[1][:2000], data[2][:2000])}
    assert accuracy["clean"] > 0.85 and accuracy["digits"] == 0
    assert accuracy["light x0.8"] > accuracy["clean"] - 0.02 and accuracy["boots 30 %"] > 0.85
    assert accuracy["digits 20 %"] == pytest.approx(0.8 * accuracy["clean"], abs=0.03)


def test_pictures_until_the_alarm_are_those_of_the_best_window():
    assert soonest({50: Sight(0.1, 0, 0), 200: Sight(0.5, 0, 0), 1000: Sight(1, 0, 0)}) == 400
    assert soonest({50: Sight(0, 0, 0)}) == float("inf")


def test_the_command_prints_each_case_with_its_rates(monkeypatch, data, clean):
    few = [Case("clean", clean[2], 0.892), Case("inversion", look(troubled(data[1][:2000], "inversion")), 0.2)]
    monkeypatch.setattr(command, "cases", lambda *_: iter(few))
    monkeypatch.setattr(command, "thresholds", lambda *given: thresholds(*given, sizes=(50, 200)))
    app = Typer()
    app.command()(command.main)
    printed = CliRunner(env={"COLUMNS": "160"}).invoke(app, ["--repeats", "20"]).output
    row = next(line for line in printed.splitlines() if "inversion" in line)
    assert "0.200" in row and "100/100" in row, printed
