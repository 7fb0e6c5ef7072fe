"""The drift that ``/metrics`` tells: of the newest pictures of all workers, in constant memory and little time."""

from __future__ import annotations

import json
import os
import re
import shutil

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.drift.study import fashion_mnist
from pipeline.drift.troubles import troubled
from pipeline.export import write_version
from pipeline.reference import add_reference, reference_of
from server.engines import LiteRTEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard, sha256_of
from server.production.metrics import counted
from server.production.monitoring.reference import REFERENCE_FILE, STATISTICS, VALUES, Reference, rows_of
from server.production.monitoring.window import PER_SECOND, Window
from server.repository import ModelRepository
from tests.server.production.running import Production, wait_until

PINNED = PINNED_MODELS / "clothes" / "1"
SERIES = re.compile(r'inference_drift\{model="clothes",statistic="(\w+)",version="(\d)",window="(\w+)"\} (\S+)')
LIMITS = Reference.read(PINNED / EXTRA_FOLDER / REFERENCE_FILE, 10).limits
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["shares", "limits", "x"]), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return fashion_mnist()[1]


@pytest.fixture
def copy(tmp_path):
    """The pinned LeNet-5 in a repository of its own."""
    return shutil.copytree(PINNED, tmp_path / "clothes" / "1")


def without_reference(root, version: int) -> None:
    card = ModelCard.read(PINNED / EXTRA_FOLDER / CARD_FILE)
    model = PINNED / EXTRA_FOLDER / "clothes.tflite"
    fields = {**card.as_dict(), "version": version, "input": card.input}
    write_version(root, ModelCard(**fields), lambda folder: shutil.copy(model, folder / EXTRA_FOLDER))


def ask(server: Production, pixels: np.ndarray, version: int = 1) -> None:
    for start in range(0, len(pixels), 20):  # a connection each, so that both workers get some
        body = {"images": pixels[start : start + 20].tolist()}
        requests.post(f"{server.url}/models/clothes/v{version}", json=body, timeout=60).raise_for_status()


def beyond(server: Production) -> dict[str, set[str]]:
    """For each of the windows that are full, the statistics that are beyond their limits."""
    found: dict[str, set[str]] = {}
    text = requests.get(f"{server.url}/metrics", timeout=60).text
    for statistic, version, window, value in SERIES.findall(text):
        assert version == "1", "only a version with a reference has a drift"
        found.setdefault(window, set()).update({statistic} if float(value) > LIMITS[statistic] else set())
    return found


def test_a_trouble_shows_in_the_newest_pictures_of_all_workers_and_then_in_those_before(copy, clean, tmp_path):
    without_reference(tmp_path, 2)
    with Production(tmp_path, tmp_path / "log.txt") as server:
        ask(server, clean[:100], version=2)
        assert beyond(server) == {}, "no window is full"
        ask(server, clean[:220])
        assert beyond(server) == {"last": set()}
        ask(server, clean[220:400])
        assert beyond(server) == {"last": set(), "previous": set()}
        inverted = troubled(clean[400:600], "inversion")

        def seen_in(*windows: str) -> bool:
            ask(server, inverted)
            return all({"brightness", "confidence", "label"} <= beyond(server)[window] for window in windows)

        wait_until(lambda: seen_in("last"))
        wait_until(lambda: seen_in("last", "previous"))
        assert "sharpness" not in beyond(server)["last"], "an inverted picture is as sharp"
        assert server.stop() == 0


def test_the_limits_are_those_that_one_window_in_a_hundred_is_beyond(clean):
    reference = Reference.read(PINNED / EXTRA_FOLDER / REFERENCE_FILE, 10)
    engine = LiteRTEngine(PINNED / EXTRA_FOLDER / "clothes.tflite", ModelCard.read(PINNED / EXTRA_FOLDER / CARD_FILE))
    rows, rng = rows_of(clean, engine.predict(clean)), np.random.default_rng(0)
    drawn = [reference.distances(rows[rng.choice(len(rows), reference.window, replace=False)]) for _ in range(1000)]
    false = sum(any(distances[name] > reference.limits[name] for name in STATISTICS) for distances in drawn)
    assert 2 <= false <= 25


BROKEN = {
    "a class too many": ({"shares": [0.1] * 11}, "expected 10 numbers above 0; make it again"),
    "a class that never comes": ({"shares": [0.0, *[0.1] * 9]}, "expected 10 numbers above 0; make it again"),
    "a window of nothing": ({"window": 0}, "a window of 0 pictures, where 20 to 10000 are possible"),
    "quantiles in no order": (
        {"quantiles": {name: [2, 1] for name in VALUES}},
        "of brightness are no numbers in order",
    ),
    "a limit that is none": ({"limits": dict.fromkeys(STATISTICS, float("nan"))}, "a limit that is not a number"),
    "no limits": ({"limits": {}}, "is no reference of a model's pictures: 'brightness'; make it again"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_reference_leaves_the_version_out_and_says_why(copy, caplog, what):
    path = copy / EXTRA_FOLDER / REFERENCE_FILE
    fields, told = BROKEN[what]
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    card = json.loads((copy / EXTRA_FOLDER / CARD_FILE).read_text())
    card["files"][REFERENCE_FILE] = sha256_of(path)
    (copy / EXTRA_FOLDER / CARD_FILE).write_text(json.dumps(card))
    assert ModelRepository(copy.parent.parent, counted(copy.parent.parent)).names() == []
    assert told in caplog.text


@given(JSON)
@settings(max_examples=80, deadline=None)
def test_whatever_a_reference_holds_reading_it_ends_in_a_value_error(tmp_path_factory, content):
    whole = json.loads((PINNED / EXTRA_FOLDER / REFERENCE_FILE).read_text())
    path = tmp_path_factory.getbasetemp() / "any.json"
    for fields in (content, *({**whole, name: content} for name in whole)):
        path.write_text(json.dumps(fields))
        try:
            reference = Reference.read(path, 10)
        except ValueError as error:
            assert str(path) in str(error)
        else:
            assert np.isfinite(list(reference.distances(np.ones((5, 4))).values())).all()


def numbered(start: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures whose brightness is their number, and scores for them."""
    pixels = np.full((count, 4, 4), 0, np.uint8) + np.arange(start, start + count, dtype=np.uint8)[:, None, None]
    return pixels, np.full((count, 2), 0.5, np.float32)


def test_a_window_has_the_newest_of_all_workers(tmp_path, monkeypatch):
    ours = Window(10, tmp_path)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    theirs = Window(10, tmp_path)
    for start, window in enumerate((ours, theirs, ours, theirs)):
        window.add(*numbered(4 * start, 4))
    assert ours.newest()[:, 0].tolist() == theirs.newest()[:, 0].tolist() == list(range(6, 16))


def test_a_window_of_a_replaced_version_begins_empty(tmp_path):
    old = Window(10, tmp_path)
    old.add(*numbered(0, 5))
    new = Window(10, tmp_path)
    old.add(*numbered(5, 5))  # a request that was under way
    assert len(new.newest()) == 0 and len(list(tmp_path.iterdir())) == 1


def test_where_pictures_come_fast_some_are_looked_at(monkeypatch):
    now = 0.0
    monkeypatch.setattr("server.production.monitoring.window.time.monotonic", lambda: now)
    window = Window(40)
    window.add(*numbered(0, 80))
    assert window.newest()[:, 0].tolist() == list(range(0, 80, 2)), "evenly, for a batch may be sorted"
    window.add(*numbered(100, 1))
    assert window.newest()[-1, 0] != 100, "the budget of this second is spent"
    now += 3 / PER_SECOND
    window.add(*numbered(200, 9))
    assert window.newest()[-4:, 0].tolist() == [78, 200, 203, 206]


def test_a_reference_is_added_to_a_version_and_named_in_its_card(tmp_path, clean):
    without_reference(tmp_path, 1)
    folder = add_reference(tmp_path / "clothes" / "1", clean[:600])
    assert {path.name for path in (folder / EXTRA_FOLDER).iterdir()} == {CARD_FILE, "clothes.tflite", REFERENCE_FILE}
    servable = ModelRepository(tmp_path, counted(tmp_path)).get("clothes", 1)
    assert servable.reference.pictures == 600
    scores = servable.engine.predict(clean[:600])
    made, rows = reference_of(clean[:600], scores), rows_of(clean[:600], scores)
    # Many scores are within a millionth of 1: rounded, they would be all the same.
    assert servable.reference.distances(rows) == pytest.approx(made.distances(rows), abs=0.01)


def test_too_few_pictures_for_a_reference_are_refused():
    with pytest.raises(ValueError, match="399 pictures are too few for windows of 200: take 400 or more"):
        reference_of(np.zeros((399, 4, 4), np.uint8), np.full((399, 2), 0.5))
