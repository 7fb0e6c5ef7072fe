"""Small networks with weights that nobody has seen, and what they make of pictures, worked out with NumPy."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from server.model_card import InputSpec, ModelCard

FILTERS, KERNEL = 4, 3
POOL, CLEAR = 300, 0.1  # how many are looked at; how far apart the two highest scores must be


class Network:
    """A convolution, the mean over the picture, and a dense layer with softmax; ``card`` and ``weights`` are sent."""

    def __init__(self, random: np.random.Generator) -> None:
        shape = tuple(int(size) for size in random.permutation(np.arange(9, 16))[:2])
        classes = int(random.integers(3, 7))
        self.high = int(random.choice([63, 100, 200]))
        self.card = card_of(random, InputSpec(shape, 0, self.high), classes)
        kernel = random.normal(size=(KERNEL, KERNEL, 1, FILTERS))
        dense = 6 * random.normal(size=(FILTERS, classes))
        means = _features(random_pixels(random, self, 100) / self.high, kernel, np.zeros(FILTERS)).mean(axis=0)
        weights = kernel, np.zeros(FILTERS), dense, -means @ dense  # so that each class gets its share
        self.weights = [weight.astype(np.float32) for weight in weights]

    @property
    def size(self) -> str:
        height, width = self.card.input.shape
        return f"{height}x{width}"

    @property
    def sent(self) -> dict:
        return {"card": self.card, "weights": self.weights}

    def scores(self, pixels: np.ndarray) -> np.ndarray:
        kernel, bias, dense, offset = self.weights
        numbers = _features(pixels / self.high, kernel, bias) @ dense + offset
        powers = np.exp(numbers - numbers.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def labels(self, pixels: np.ndarray) -> list[str]:
        return [self.card.classes[best] for best in self.scores(pixels).argmax(axis=1)]

    def clear(self, random: np.random.Generator) -> np.ndarray:
        """Pixels whose best class is so clear that rounding cannot change it."""
        pixels = random_pixels(random, self, POOL)
        ordered = np.sort(self.scores(pixels), axis=1)
        return pixels[ordered[:, -1] - ordered[:, -2] > CLEAR]

    def pictures(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Clear ones, of as many classes as there are among them."""
        pixels = self.clear(random)
        best = self.scores(pixels).argmax(axis=1)
        turns = [np.count_nonzero(best[:index] == best[index]) for index in range(len(best))]
        return pixels[random.permutation(np.argsort(turns, kind="stable")[:count])]


def drawn(random: np.random.Generator) -> Network:
    """A network that tells its pictures apart; not all do."""
    for _ in range(100):
        network = Network(random)
        clear = network.clear(random)
        if len(clear) > POOL / 2 and np.unique(network.scores(clear).argmax(axis=1), return_counts=True)[1].min() > 20:
            break
    return network


def card_of(random: np.random.Generator, spec: InputSpec, classes: int) -> ModelCard:
    """A card with a new random name, version and classes."""
    word = "".join(random.choice(list("abcdefgh"), 8))
    names = tuple(f"{word[:3]} {number}" for number in random.permutation(classes))
    return ModelCard(word, int(random.integers(3, 400)), "drawn", 9, spec, names, {}, {}, {}, {}, {})


def random_pixels(random: np.random.Generator, network: Network, count: int) -> np.ndarray:
    """Pictures that differ in brightness and roughness."""
    bright, rough = random.random((2, count, 1, 1))
    pixels = bright * (1 - rough * random.random((count, *network.card.input.shape))) * network.high
    return pixels.round().astype(np.uint8)


def framed(pixels: np.ndarray) -> np.ndarray:
    """The same with a black frame that the object touches on each side, so that files need not be trimmed or moved."""
    made = pixels.copy()
    for edge in (made[:, 0], made[:, -1], made[:, :, 0], made[:, :, -1]):
        edge[:] = 0
        edge[:, 3] = 60
    return made


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _features(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image, (KERNEL, KERNEL), axis=(1, 2))
    return np.maximum(0, np.einsum("nhwij,ijf->nhwf", windows, kernel[:, :, 0]) + bias).mean(axis=(1, 2))
