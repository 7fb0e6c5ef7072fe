"""The season's world: pumpkins that a model can learn, files of every kind, a year that differs by its seed alone."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.season import policies
from pipeline.season.events import EVENTS, Event, going_on, pictures_may_change, schedule
from pipeline.season.files import MODES, encode, media_type, near_copy
from pipeline.season.learner import EDGE, Learner, features_of, train
from pipeline.season.pumpkins import CLASSES, DAY, FIELD, MODIFIED, WATERMELON, draw, quality_of
from pipeline.season.world import DIM, Batch, first_batch, gifts_of_week, light_in, pictures_of_week
from server.engines import OnnxEngine
from server.model_card import InputSpec, ModelCard
from server.pictures import read_pixels
from server.preprocessing import to_model_input

COUNT = 260


def drawn(kind: str, light, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of files with such pictures, and their labels."""
    random = np.random.default_rng(seed)
    labels = [quality_of(random) for _ in range(count)]
    files = [encode(random, draw(random, kind, label, 52, light)) for label in labels]
    return features_of(np.stack([read_pixels(file) for file in files])), np.array(labels)


@pytest.fixture(scope="module")
def learned() -> tuple[Learner, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """A model of ordinary pumpkins by day, and pictures that it has not seen."""
    features, labels = drawn(FIELD, DAY, COUNT, 1)
    unseen = {
        "day": drawn(FIELD, DAY, 90, 2),
        "dim": drawn(FIELD, DIM, 90, 3),
        "modified": drawn(MODIFIED, DAY, 120, 4),
        "ordinary": (features, labels),
    }
    return train(features, labels, CLASSES), unseen


def accuracy(model: Learner, pair: tuple[np.ndarray, np.ndarray], rows: slice = slice(None)) -> float:
    features, labels = pair
    return float((np.array(CLASSES)[model.scores(features[rows]).argmax(axis=1)] == labels[rows]).mean())


def test_a_small_model_learns_pumpkins_and_not_all_of_them(learned):
    model, unseen = learned
    assert 0.75 < accuracy(model, unseen["day"]) < 0.98


def test_dim_light_and_the_modified_kind_cost_it_clearly(learned):
    model, unseen = learned
    assert accuracy(model, unseen["dim"]) < accuracy(model, unseen["day"]) - 0.1
    assert accuracy(model, unseen["modified"]) < accuracy(model, unseen["day"]) - 0.1


def test_some_labels_of_the_new_kind_bring_it_back(learned):
    model, unseen = learned
    (old, old_labels), (new, new_labels) = unseen["ordinary"], unseen["modified"]
    trained = train(np.concatenate([old, new[:80]]), np.concatenate([old_labels, new_labels[:80]]), CLASSES)
    later = slice(80, None)
    assert accuracy(trained, unseen["modified"], later) > accuracy(model, unseen["modified"], later) + 0.1


def test_the_file_of_a_model_gives_its_scores(learned, tmp_path):
    model, _ = learned
    pixels = np.random.default_rng(5).integers(0, 256, (7, EDGE, EDGE)).astype(np.uint8)
    path = tmp_path / "pumpkins.onnx"
    path.write_bytes(model.file())
    spec = InputSpec((EDGE, EDGE), 0, 255)
    card = ModelCard("pumpkins", 1, "", 1, spec, CLASSES, {}, {}, {}, {}, {})
    assert to_model_input(pixels).shape == (7, EDGE, EDGE, 1)
    np.testing.assert_allclose(OnnxEngine(path, card).predict(pixels), model.scores(features_of(pixels)), atol=1e-4)


def test_files_have_every_mode_and_some_are_turned_and_the_server_reads_them():
    random = np.random.default_rng(6)
    files = [encode(random, draw(random, FIELD, "good", 48)) for _ in range(60)]
    opened = [Image.open(BytesIO(file)) for file in files]
    assert {image.mode for image in opened} == set(MODES)
    assert {image.format for image in opened} == {"PNG", "JPEG"}
    assert len({image.getexif().get(0x0112, 1) for image in opened}) >= 3
    pixels = np.stack([read_pixels(file) for file in files])
    middle = pixels[:, 8:20, 8:20].mean(axis=(1, 2))
    assert (middle > 30).all()  # the pumpkin, light on dark, is in the middle of each


def test_a_turned_file_is_read_upright():
    random = np.random.default_rng(7)
    picture = draw(random, FIELD, "good", 60)
    upright = read_pixels(_png(picture)).astype(int)
    files = [encode(np.random.default_rng(seed), picture) for seed in range(30)]
    photographs = [file for file in files if media_type(file) == "image/jpeg"]  # of a palette, the grain is read, too
    turned = [file for file in photographs if Image.open(BytesIO(file)).getexif()[0x0112] != 1]
    assert len(turned) > 5
    for file in turned:
        assert np.abs(read_pixels(file).astype(int) - upright).mean() < 25


def _png(picture: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_copy_that_was_saved_again_is_found_and_other_pumpkins_are_not():
    random = np.random.default_rng(8)
    files = [encode(random, draw(random, FIELD, "good", 60)) for _ in range(20)]
    again = [near_copy(random, file) for file in files]
    assert not set(files) & set(again)
    pixels, copies = (np.stack([read_pixels(file) for file in each]) for each in (files, again))
    labels = np.array(["good"] * 20)
    scores = np.tile([0.1, 0.2, 0.6, 0.1], (20, 1))
    none = np.zeros((0, EDGE, EDGE), np.uint8)
    assert policies.validate(pixels, labels, scores, none).sum() >= 19
    assert policies.validate(copies, labels, scores, pixels).sum() <= 4


def test_a_year_is_the_same_for_its_seed_and_another_for_another():
    assert schedule(4) == schedule(4) != schedule(5)
    assert {event.name for event in schedule(4)} == set(EVENTS)
    events = schedule(4)
    one, same, other = (pictures_of_week(seed, events, 3, 0.1) for seed in (4, 4, 5))
    assert [p.content for p in one] == [p.content for p in same] != [p.content for p in other]


def test_traffic_grows_and_the_light_gets_dim_and_the_new_kind_comes():
    events = (Event("lamp", 3, 9), Event("modified", 5, 9), Event("melons", 7, 8))
    assert light_in(events, 2) == DAY != light_in(events, 3) != light_in(events, 5) == DIM
    assert light_in(events, 9) == DAY
    assert len(pictures_of_week(1, events, 50, 0.2)) > len(pictures_of_week(1, events, 1, 0.2))
    kinds = {week: [p.kind for p in pictures_of_week(1, events, week, 0.5)] for week in (2, 8, 7)}
    assert MODIFIED not in kinds[2] and kinds[8].count(MODIFIED) > len(kinds[8]) / 2
    assert kinds[7].count(WATERMELON) > 3 * kinds[2].count(WATERMELON) / 2


def agreement(batch: Batch) -> float:
    return float(np.mean([p.label == label for p, label in zip(batch.pictures, batch.labels, strict=True)]))


def test_gifts_are_what_their_name_says():
    events = (Event("good labels", 2, 3), Event("poisoned labels", 3, 4), Event("melons", 4, 5))
    (good,), (poisoned,), (melons,) = (gifts_of_week(1, events, week) for week in (2, 3, 4))
    assert agreement(good) > 0.85 and agreement(poisoned) < 0.45
    assert WATERMELON not in melons.labels and WATERMELON in {p.label for p in melons.pictures}
    assert gifts_of_week(1, events, 5) == []


def test_an_alarm_is_right_while_something_changes_and_not_long_after():
    events = (Event("lamp", 10, 30), Event("killed worker", 40, 41))
    assert [pictures_may_change(events, week) for week in (9, 10, 17, 18, 29, 30, 33, 34, 40)] == [
        *(False, True, True, False, False, True, True, False, False)
    ]
    assert going_on(events, "lamp", 29) and not going_on(events, "lamp", 30)


def test_some_of_what_jen_collects_is_mislabeled_and_some_is_there_twice():
    batch = first_batch(3, 120)
    assert 0 < sum(p.label != label for p, label in zip(batch.pictures, batch.labels, strict=True)) < 15
    assert len({p.content for p in batch.pictures}) < 120
