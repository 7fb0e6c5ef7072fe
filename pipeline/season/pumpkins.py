"""Drawn pumpkins and watermelons: a picture from a few numbers, of any size, in some milliseconds.

A pumpkin has a decay from 0, perfect, to 1, rotten. Jen calls it good, fair or bad by that number; what a camera sees
of it, spots of rot, cracks, dents and a withered stem, varies from pumpkin to pumpkin. So the middle class is the hard
one, and no model is right about all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CLASSES = ("bad", "fair", "good", "watermelon")
FIELD, MODIFIED, WATERMELON = "field", "modified", "watermelon"
BOUNDS = {"good": (0.0, 0.25), "fair": (0.38, 0.62), "bad": (0.75, 1.0)}  # of the decay
SKIN = {FIELD: (226, 120, 34), MODIFIED: (84, 118, 108), WATERMELON: (88, 140, 66)}
STRIPE = (24, 60, 26)
ROT = (58, 40, 26)
STEM = (92, 104, 48)


@dataclass(frozen=True)
class Light:
    """How a picture is lit: ``level`` of the lamp, 1 by day; ``side``, how dark the far side of an object is, 0 to 1;
    ``grain``, the camera's noise in levels of 255."""

    level: float = 1.0
    side: float = 0.2
    grain: float = 3.0


DAY = Light()


def quality_of(random: np.random.Generator) -> str:
    """Of 100 pumpkins, 40 are good, 30 fair and 30 bad."""
    return str(random.choice(CLASSES[:3], p=(0.3, 0.3, 0.4)))


def draw(random: np.random.Generator, kind: str, quality: str, size: int, light: Light = DAY) -> np.ndarray:
    """A picture of one object on a light table, uint8 (size, size, 3); ``quality`` is that of a pumpkin."""
    low, high = BOUNDS[quality]
    decay = 0.0 if kind == WATERMELON else random.uniform(low, high)
    x, y = _coordinates(random, size)
    x, y, inside = _body(random, kind, decay, x, y)
    levels = _skin(random, kind, x, y)
    if kind != WATERMELON:
        levels = _decayed(random, decay, x, y, levels)
    levels = levels * _shading(random, light, x, y)[..., None]
    picture = np.where(inside[..., None], levels, _table(random, size))
    if kind != WATERMELON:
        picture = _with_stem(random, decay, x, y, picture)
    return _photographed(random, light, picture)


def _coordinates(random: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """x to the right and y up, the object's middle at 0 and its edge at about 1, turned a little."""
    scale = random.uniform(1.25, 1.5)
    line = np.linspace(-scale, scale, size, dtype=np.float32)
    x, y = line[None, :] + random.uniform(-0.1, 0.1), -line[:, None] + random.uniform(-0.12, 0.05)
    angle = random.normal(0, 0.12)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _body(random: np.random.Generator, kind: str, decay: float, x: np.ndarray, y: np.ndarray) -> tuple:
    """The coordinates within the body's own outline, and which pixels are inside."""
    width = {FIELD: random.uniform(0.98, 1.12), MODIFIED: random.uniform(0.72, 0.84)}.get(kind, 1.15)
    height = {FIELD: random.uniform(0.78, 0.92), MODIFIED: random.uniform(1.0, 1.1)}.get(kind, 0.8)
    x, y = x / width, y / height
    angle = np.arctan2(y, x)
    lobes = 0.025 * np.cos(8 * angle + random.uniform(0, 6)) if kind != WATERMELON else 0.0
    # A pumpkin that rots sinks in on one side.
    dent = (
        0.28
        * max(0.0, decay - 0.4 + random.normal(0, 0.12))
        * np.exp(-((np.angle(np.exp(1j * (angle - random.uniform(0, 6.3)))) / 0.4) ** 2))
    )
    radius = np.hypot(x, y) / (1 + lobes - dent)
    return x, y, radius < 1


def _skin(random: np.random.Generator, kind: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ribs of a pumpkin, or stripes of a watermelon, as float levels (size, size, 3)."""
    color = np.array(SKIN[kind], np.float32) * random.normal(1, 0.05)
    across = x / np.sqrt(np.clip(1 - 0.9 * y**2, 0.08, None))
    if kind == WATERMELON:
        wave = np.sin(9 * across + random.uniform(0, 6) + 0.6 * np.sin(9 * y + random.uniform(0, 6)))
        share = np.clip(0.5 + 1.6 * wave, 0, 1)[..., None]
        return color * (1 - share) + np.array(STRIPE, np.float32) * share
    ribs = 1 - 0.2 * np.abs(np.sin(random.uniform(3.6, 4.6) * across + random.uniform(0, 1))) ** 6
    levels = color * ribs[..., None]
    return _with_warts(random, x, y, levels) if kind == MODIFIED else levels


def _with_warts(random: np.random.Generator, x: np.ndarray, y: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The modified kind is healthy with its dark warts; who does not know it takes them for rot."""
    for _ in range(random.integers(3, 6)):
        levels = _spot(random, x, y, levels, radius=random.uniform(0.06, 0.1), depth=0.5)
    return levels


def _decayed(random: np.random.Generator, decay: float, x: np.ndarray, y: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Spots of rot whose area grows with the decay, and cracks."""
    area = 0.24 * np.clip(decay + random.normal(0, 0.025), 0, 1.1) ** 1.3
    count = 1 + random.poisson(1.5 + 2 * decay)
    parts = random.dirichlet(np.full(count, 2.0)) * area
    for part in parts:
        levels = _spot(random, x, y, levels, radius=float(np.sqrt(part)), depth=0.85)
    for _ in range(random.binomial(3, 0.6 * decay)):
        levels = _cracked(random, x, y, levels)
    return levels


def _spot(random, x, y, levels, radius, depth):  # noqa: PLR0913, PLR0917
    """One soft dark spot somewhere on the body."""
    distance, angle = 0.75 * np.sqrt(random.random()), random.uniform(0, 2 * np.pi)
    away = np.hypot(x - distance * np.cos(angle), (y - distance * np.sin(angle)) * random.uniform(0.8, 1.2))
    share = (depth / (1 + np.exp((away - radius) / (0.12 * radius + 0.01))))[..., None]
    return levels * (1 - share) + np.array(ROT, np.float32) * share


def _cracked(random: np.random.Generator, x: np.ndarray, y: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """One dark crooked line from top to bottom."""
    place, length = random.uniform(-0.6, 0.6), random.uniform(0.3, 0.6)
    line = np.abs(x - place - 0.05 * np.sin(14 * y + random.uniform(0, 6)))
    crack = (line < 0.035) & (np.abs(y - random.uniform(-0.2, 0.2)) < length)
    return np.where(crack[..., None], np.array(ROT, np.float32), levels)


def _shading(random: np.random.Generator, light: Light, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Round things are darker at the edge, and on the side away from the lamp."""
    angle = random.uniform(0.3, 2.8)
    toward = x * np.cos(angle) + y * np.sin(angle)
    round_ = 1 - 0.25 * np.clip(x**2 + y**2, 0, 1) ** 2
    return round_ * np.clip(1 - light.side * (1 - toward) / 1.4, 0.15, 1.1)


def _table(random: np.random.Generator, size: int) -> np.ndarray:
    """A light, nearly even background, float levels (size, size, 3)."""
    color = np.array((240, 236, 226), np.float32) * random.uniform(0.94, 1.02)
    slope = np.linspace(1, random.uniform(0.95, 1), size, dtype=np.float32)
    return color * slope[:, None, None] * np.ones((1, size, 1), np.float32)


def _with_stem(random, decay, x, y, picture):
    """The stem; of an old pumpkin it is short and brown, or gone."""
    length = random.uniform(0.2, 0.34) * (1 - 0.7 * decay)
    color = np.array(STEM, np.float32) * (1 - 0.5 * decay)
    bend = random.uniform(-0.3, 0.3)
    stem = (y > 0.86) & (y < 0.9 + length) & (np.abs(x - bend * (y - 0.86)) < 0.1)
    return np.where(stem[..., None], color, picture)


def _photographed(random: np.random.Generator, light: Light, picture: np.ndarray) -> np.ndarray:
    """Levels as the camera stores them; of a dim picture it loses the dark ones."""
    lost = 28 * (1 - light.level)
    noise = random.normal(0, light.grain, picture.shape[:2]).astype(np.float32)[..., None]
    return np.clip(picture * light.level - lost + noise, 0, 255).astype(np.uint8)
