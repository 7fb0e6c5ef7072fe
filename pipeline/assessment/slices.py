"""How good a model is on each part of the pictures, and which differences are no more than chance or another mix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.assessment.labels import Estimate, plain_estimate, wilson

OBJECT = 25  # pixels above this are the object, those below the background: 10 percent of white
THIRDS = ("low", "middle", "high")
LEAST = 20  # so many pictures of a kind must a slice have, to be compared with others by that kind

KINDS = {
    "tops": ("T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"),
    "shoes": ("Sandal", "Sneaker", "Ankle boot"),
    "others": ("Trouser", "Bag"),
}


def attributes(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """What can be measured of a picture without knowing what it shows, for uint8 (n, height, width); float64 (n,) each.

    ``size`` is the share of the picture that the object takes, 0 to 1, and ``lightness`` how light the object is on
    average, 0 to 255. A picture without an object has 0 for both.
    """
    inside = pixels > OBJECT
    counts = inside.sum(axis=(1, 2))
    total = np.where(inside, pixels, 0).sum(axis=(1, 2))
    return {"size": inside.mean(axis=(1, 2)), "lightness": total / np.maximum(counts, 1)}


def thirds(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """``low``, ``middle`` or ``high`` for each of ``values`` (n,), by where a third of ``reference`` (m,) is below."""
    return np.array(THIRDS)[np.digitize(values, np.quantile(reference, [1 / 3, 2 / 3]))]


def kinds_of(labels: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    """``tops``, ``shoes`` or ``others`` for each of the integer ``labels`` (n,) of Fashion-MNIST's ``classes``."""
    kind_of = {name: kind for kind, names in KINDS.items() for name in names}
    return np.array([kind_of[name] for name in classes])[labels]


def accuracies(right: np.ndarray, groups: np.ndarray) -> dict[str, Estimate]:
    """The accuracy of each group, by its name, from whether each answer is ``right`` (n,) and its group (n,)."""
    return {name: plain_estimate(right[inside]) for name, inside in _each(groups)}


def widest_gap(right: np.ndarray, groups: np.ndarray) -> float:
    """The accuracy of the best group less that of the worst."""
    return _gap(right, np.unique(groups, return_inverse=True)[1])


def gap_by_chance(generator: np.random.Generator, right: np.ndarray, groups: np.ndarray, repeats: int = 1000) -> float:
    """How wide the widest gap gets where groups mean nothing: the 95 percent quantile over shuffled groups.

    Groups are as large as the real ones (a permutation test). A gap below this is no finding, however it looks.
    """
    numbers = np.unique(groups, return_inverse=True)[1]
    return float(np.quantile([_gap(generator.permutation(right), numbers) for _ in range(repeats)], 0.95))


def _gap(right: np.ndarray, numbers: np.ndarray) -> float:
    """The widest gap, for groups that have whole ``numbers`` (n,) from 0."""
    return float(np.ptp(np.bincount(numbers, right) / np.bincount(numbers)))


def standardized(right: np.ndarray, groups: np.ndarray, mix: np.ndarray) -> dict[str, Estimate]:
    """The accuracy that each group would have if all had the same ``mix`` (n,) of classes: direct standardization.

    Only values of ``mix`` count of which each group has ``LEAST`` pictures or more; their weight is their share of
    these pictures. Raises ``ValueError`` where there is no such value: then the groups cannot be compared.
    """
    parts = dict(_each(groups))
    shared = [one for one in np.unique(mix) if all((inside & (mix == one)).sum() >= LEAST for inside in parts.values())]
    if not shared:
        raise ValueError(f"no value of the mix has {LEAST} pictures or more in each group: they cannot be compared")
    counts = np.array([(mix == one).sum() for one in shared])
    weights = counts / counts.sum()
    return {name: _weighed([right[inside & (mix == one)] for one in shared], weights) for name, inside in parts.items()}


def _weighed(parts: list[np.ndarray], weights: np.ndarray) -> Estimate:
    """The weighted mean of the shares of ``parts``, whose variances add up by the squares of the weights."""
    shares, counts = np.array([part.mean() for part in parts]), np.array([len(part) for part in parts])
    share = float(weights @ shares)
    variance = float(weights**2 @ (shares * (1 - shares) / counts))
    size = share * (1 - share) / variance if variance > 0 else counts.sum()
    return wilson(share, size, int(counts.sum()))


def _each(groups: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for name in np.unique(groups):
        yield str(name), groups == name
