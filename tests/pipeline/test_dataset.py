"""Getting the data: every source, half a file, and none at all."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline import dataset


@pytest.fixture
def source(data, tmp_path, monkeypatch) -> Path:
    """A folder with the four files, an empty Keras cache, and no other source."""
    folder = Path(shutil.copytree(dataset.cache_folder(), tmp_path / "source"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("FASHION_MNIST_DIR", str(folder))
    only = {"a folder on this machine": dataset.from_folder}
    monkeypatch.setattr(dataset, "SOURCES", only)
    return folder


def test_takes_all_four_files_from_a_named_folder(source, tmp_path):
    lines = []
    cache = dataset.ensure(lines.append)
    assert cache == tmp_path / "keras" / "datasets" / "fashion-mnist"
    assert sorted(os.listdir(cache)) == sorted(dataset.FILES)
    assert lines == ["4 of 4 files to get; trying a folder on this machine"]


def test_what_is_complete_is_left_alone(source):
    cache = dataset.ensure()
    before = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    lines = []
    dataset.ensure(lines.append)
    assert lines == []
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == before


@pytest.mark.parametrize("name", dataset.FILES)
def test_half_a_file_is_never_taken_for_a_whole_one(source, name):
    half = (source / name).read_bytes()[: (source / name).stat().st_size // 2]
    (source / name).write_bytes(half)
    with pytest.raises(dataset.NoData):
        dataset.ensure()
    assert sorted(os.listdir(dataset.cache_folder())) == sorted(set(dataset.FILES) - {name})


def test_half_a_file_in_the_cache_is_replaced(source):
    cache = dataset.ensure()
    damaged = cache / "t10k-images-idx3-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:1000])
    dataset.ensure()
    assert dataset.missing(cache) == []


def test_another_content_of_the_same_name_is_refused(source):
    (source / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"other"))
    with pytest.raises(dataset.NoData):
        dataset.ensure()


def test_the_same_content_packed_differently_is_taken(source):
    path = source / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1))
    assert dataset.missing(dataset.ensure()) == []


def test_no_source_at_all_is_one_line_that_says_what_to_do(source, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", str(source / "nowhere"))
    with pytest.raises(dataset.NoData, match=r"FASHION_MNIST_DIR; it names .*nowhere, which is not a folder") as caught:
        dataset.ensure()
    assert "\n" not in str(caught.value)


def test_of_a_folder_that_will_not_do_it_says_why(source):
    path = source / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(dataset.NoData, match=rf"{source}, in which {path.name} is cut short or altered"):
        dataset.ensure()
    path.unlink()
    with pytest.raises(dataset.NoData, match=rf"{source}, which has no {path.name}"):
        dataset.ensure()


def test_files_that_a_browser_has_unpacked_are_taken(source):
    for path in list(source.iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert dataset.missing(dataset.ensure()) == []


def test_a_stopped_copy_leaves_no_file_behind(source, monkeypatch):
    def stop(wanted, scratch):
        dataset.from_folder(wanted[:1], scratch)
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset, "SOURCES", {"a source that is stopped": stop})
    with pytest.raises(KeyboardInterrupt):
        dataset.ensure()
    assert os.listdir(dataset.cache_folder()) == []


def test_a_download_that_fails_is_no_error_but_the_next_sources_turn(source, monkeypatch, tmp_path):
    monkeypatch.setattr(dataset, "KERAS_URL", "http://127.0.0.1:9/")
    dataset.from_keras_download(list(dataset.FILES), tmp_path)
    assert not list(tmp_path.glob("*.gz"))


def test_downloads_over_http(source, monkeypatch, tmp_path):
    from workbook.servers.process import Server

    script = tmp_path / "files.py"
    script.write_text(
        "import os, http.server as h\n"
        f"os.chdir({str(source)!r})\n"
        "h.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), h.SimpleHTTPRequestHandler).serve_forever()\n"
    )
    with Server(str(script), ready="/") as server:
        monkeypatch.setattr(dataset, "KERAS_URL", server.url + "/")
        monkeypatch.setattr(dataset, "SOURCES", {"Keras's own download": dataset.from_keras_download})
        assert dataset.missing(dataset.ensure()) == []


def test_the_test_set_is_read_without_tensorflow_as_keras_reads_it(test_set):
    for ours, theirs in zip(dataset.read_test_set(), test_set, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == np.uint8
