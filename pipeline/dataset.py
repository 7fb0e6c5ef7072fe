"""Fashion-MNIST, put where Keras looks for it, so that plain ``fashion_mnist.load_data()`` works offline.

70,000 gray pictures of 28x28 pixels in ten classes: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a Novel
Image Dataset for Benchmarking Machine Learning Algorithms" (2017), MIT license.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip

# SHA-256 of the *unpacked* content: the same arrays may be compressed differently elsewhere.
FILES = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}

KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
SYSTEM_FOLDER = Path("/usr/share/datasets/fashion-mnist")
DEBIAN_PACKAGE = "dataset-fashion-mnist"
TIMEOUT_SECONDS = 30

Report = Callable[[str], None]


class NoData(RuntimeError):
    """Fashion-MNIST cannot be found anywhere. The message says what to do."""


def cache_folder() -> Path:
    """Where Keras keeps the files: ``$KERAS_HOME`` or ``~/.keras``, then ``datasets/fashion-mnist``."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return home / "datasets" / "fashion-mnist"


def missing(folder: Path) -> list[str]:
    """The files that are missing from ``folder``, cut short or altered."""
    return [name for name in FILES if not is_genuine(folder / name)]


def is_genuine(path: Path) -> bool:
    """Whether a ``.gz`` file, unpacked, has exactly what the data set's file of that name has."""
    try:
        with gzip.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == FILES[path.name]
    except (OSError, EOFError, zlib.error):
        return False


def read_test_set() -> tuple[np.ndarray, np.ndarray]:
    """``fashion_mnist.load_data()[1]`` without TensorFlow: uint8 (10000, 28, 28), and the labels, uint8 (10000,).

    The files must be in Keras's cache; ``ensure`` puts them there.
    """
    return _read("t10k")


def read_training_set() -> tuple[np.ndarray, np.ndarray]:
    """``fashion_mnist.load_data()[0]`` in the same way: uint8 (60000, 28, 28), and the labels, uint8 (60000,)."""
    return _read("train")


def _read(part: str) -> tuple[np.ndarray, np.ndarray]:
    with gzip.open(cache_folder() / f"{part}-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)  # after the magic number and three sizes
    with gzip.open(cache_folder() / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return pixels.reshape(len(labels), 28, 28), labels


def ensure(report: Report = lambda line: None) -> Path:
    """Have all four files, verified, in Keras's cache; return that folder.

    Sources are tried in order: the cache itself, a folder on this machine, Keras's own download, Debian's package.
    ``report`` is called with a line for each source that is tried. Raises ``NoData`` if a file is still missing after
    the last one.
    """
    cache = cache_folder()
    for name, source in SOURCES.items():
        wanted = missing(cache)
        if not wanted:
            break
        report(f"{len(wanted)} of {len(FILES)} files to get; trying {name}")
        with _scratch(cache) as scratch:
            source(wanted, scratch)
            _take_genuine(scratch, cache, wanted)
    if missing(cache):
        raise NoData(
            "Fashion-MNIST cannot be had from any of its sources: connect to a network and repeat, or put "
            f"{', '.join(FILES)} into a folder and name it in FASHION_MNIST_DIR{_why_not_the_named_folder()}"
        )
    return cache


def from_folder(wanted: list[str], scratch: Path) -> None:
    """Copy from the folder that ``FASHION_MNIST_DIR`` names, or from where Debian's package puts them.

    A file that has been unpacked, as some browsers do, is packed again.
    """
    folder = _named_folder() or SYSTEM_FOLDER
    for name in wanted:
        unpacked = (folder / name).with_suffix("")
        if (folder / name).is_file():
            shutil.copy(folder / name, scratch / name)
        elif unpacked.is_file():
            (scratch / name).write_bytes(gzip.compress(unpacked.read_bytes(), compresslevel=1))


def _named_folder() -> Path | None:
    named = os.environ.get("FASHION_MNIST_DIR")
    return Path(named).expanduser() if named else None


def _why_not_the_named_folder() -> str:
    """Why the folder in ``FASHION_MNIST_DIR`` is not a source; nothing if none is named."""
    folder = _named_folder()
    if folder is None:
        return ""
    if not folder.is_dir():
        return f"; it names {folder}, which is not a folder"
    for name in FILES:
        if not (folder / name).exists() and not (folder / name).with_suffix("").exists():
            return f"; it names {folder}, which has no {name}"
        if (folder / name).exists() and not is_genuine(folder / name):
            return f"; it names {folder}, in which {name} is cut short or altered"
    return ""


def from_keras_download(wanted: list[str], scratch: Path) -> None:
    """Download from the address that ``keras.datasets.fashion_mnist`` uses."""
    import requests  # here, not above: the `workbook` command imports this module, and rarely downloads

    for name in wanted:
        try:
            response = requests.get(KERAS_URL + name, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
        except requests.RequestException:
            return
        (scratch / name).write_bytes(response.content)


def from_debian_package(wanted: list[str], scratch: Path) -> None:
    """Unpack Debian's package, which has the whole data set; needs ``apt-get`` but not root."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    # Our own package lists: the machine's may be missing or old, and only root may renew them.
    lists = scratch / "lists"
    (lists / "partial").mkdir(parents=True)
    own_lists = ["-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=root"]
    for options in ([], own_lists):
        if options and not _runs(["apt-get", *options, "update"], scratch):
            return
        if _runs(["apt-get", *options, "download", DEBIAN_PACKAGE], scratch):
            break
    for package in scratch.glob(f"{DEBIAN_PACKAGE}_*.deb"):
        _runs(["dpkg-deb", "-x", str(package), str(scratch / "root")], scratch)
    for name in wanted:
        for found in (scratch / "root").rglob(name):
            shutil.copy(found, scratch / name)


SOURCES: dict[str, Callable[[list[str], Path], None]] = {
    "a folder on this machine": from_folder,
    "Keras's own download": from_keras_download,
    "Debian's package": from_debian_package,
}


def _runs(command: list[str], folder: Path) -> bool:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    """A folder beside the cache's files, on the same disk, which is gone afterward whatever happens."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".partial-") as scratch:
        yield Path(scratch)


def _take_genuine(scratch: Path, cache: Path, wanted: list[str]) -> None:
    # A rename is all or nothing, so half a download never has a whole one's name.
    for name in wanted:
        if is_genuine(scratch / name):
            os.replace(scratch / name, cache / name)
