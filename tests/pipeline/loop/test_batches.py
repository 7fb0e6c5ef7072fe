"""Batches are named by their content, and what is read is what was stored."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.loop import batches, features
from server.production.monitoring.measures import brightness, sharpness


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (20, 28, 28), dtype=np.uint8), np.arange(20, dtype=np.uint8) % 10


def test_the_same_data_is_the_same_folder_and_other_data_another(tmp_path, pictures):
    images, labels = pictures
    first = batches.ingest(tmp_path, images, labels, "monday")
    assert batches.ingest(tmp_path, images.copy(), labels, "tuesday") == first
    assert [one["source"] for one in batches.known(tmp_path)] == ["monday"]
    turned = labels[::-1].copy()
    others = {batches.ingest(tmp_path, *each, "other") for each in [(images, turned), (images[:19], labels[:19])]}
    assert len({first, *others}) == 3
    assert sorted(path.name for path in (tmp_path / "batches").iterdir()) == sorted(h[:12] for h in {first, *others})
    read = batches.read(tmp_path, first)
    assert np.array_equal(read[0], images) and np.array_equal(read[1], labels)


def test_shape_and_type_count_not_bytes_alone(tmp_path):
    flat = np.zeros(784 * 2, np.uint8)
    one = batches.ingest(tmp_path, flat.reshape(2, 28, 28), np.zeros(2, np.uint8), "")
    other = batches.ingest(tmp_path, flat.reshape(1, 56, 28), np.zeros(2, np.uint8), "")
    signed = batches.ingest(tmp_path, flat.reshape(2, 28, 28).view(np.int8), np.zeros(2, np.uint8), "")
    assert len({one, other, signed}) == 3


def test_a_changed_file_is_not_read_as_the_batch(tmp_path, pictures):
    images, labels = pictures
    name = batches.ingest(tmp_path, images, labels, "")
    np.save(tmp_path / "batches" / name[:12] / "labels.npy", labels[::-1])
    with pytest.raises(ValueError, match="is not what it was"):
        batches.read(tmp_path, name)


def test_what_is_half_written_is_no_batch_and_does_not_stand_in_the_way(tmp_path, pictures):
    images, labels = pictures
    name = batches.ingest(tmp_path / "elsewhere", images, labels, "")
    half = tmp_path / "batches" / ".writing-x"
    half.mkdir(parents=True)
    np.save(half / "images.npy", images)
    with pytest.raises(LookupError, match=f"no batch {name[:12]}"):
        batches.read(tmp_path, name)
    assert batches.ingest(tmp_path, images, labels, "") == name
    assert len(batches.known(tmp_path)) == 1


def test_python_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="Python objects"):
        batches.ingest(tmp_path, np.array([{}]), np.array([0]), "")


def test_a_batch_is_found_by_the_first_digits_of_its_hash(tmp_path, pictures):
    name = batches.ingest(tmp_path, *pictures, "")
    assert batches.full_hash(tmp_path, name[:12]) == batches.full_hash(tmp_path, name) == name
    with pytest.raises(LookupError, match="first 12 digits"):
        batches.full_hash(tmp_path, name[:12] + "z")


def test_features_are_worked_out_once_and_are_those_of_a_picture_that_is_served(tmp_path, pictures, monkeypatch):
    images, labels = pictures
    name = batches.ingest(tmp_path, images, labels, "")
    first = features.view(tmp_path, name)
    monkeypatch.setattr(features, "of", lambda images: pytest.fail("worked out again"))
    again = features.view(tmp_path, name)
    monkeypatch.undo()
    assert np.array_equal(first.statistics, again.statistics) and np.array_equal(first.digest, again.digest)
    served = features.of(images[3:4])
    assert np.allclose(served.statistics[0], again.statistics[3]) and served.digest[0] == again.digest[3]
    assert np.allclose(again.statistics[:, :2], np.stack([brightness(images), sharpness(images)], axis=1))


def test_features_are_worked_out_again_when_their_code_has_changed(tmp_path, pictures, monkeypatch):
    name = batches.ingest(tmp_path, *pictures, "")
    features.view(tmp_path, name)
    monkeypatch.setattr(features, "file_hash", lambda *patterns: "f" * 64)
    features.view(tmp_path, name)
    assert len(list((tmp_path / "features").iterdir())) == 2
