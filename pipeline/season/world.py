"""The pictures of the year as files: those that customers send in a week, and the batches that come with labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.season.events import WEEKS, Event, going_on
from pipeline.season.files import encode, near_copy, size_of, worsen
from pipeline.season.pumpkins import DAY, FIELD, MODIFIED, WATERMELON, Light, draw, quality_of
from server.pictures import read_pixels

DIM = Light(level=0.8, side=0.36, grain=5.0)
RAMP = 3  # weeks until the lamp is as dim as it gets
MODIFIED_SHARE = (0.5, 0.8)  # of the pumpkins, in the first week of the new kind and from the fourth on
MELONS, MELON_WEEKS = 0.05, 0.4  # share of watermelons, in most weeks and when people think it is funny
LOW_QUALITY, TWICE, MISLABELED = 0.03, 0.03, 0.04
WEEKLY = (40, 75)  # pictures in the first week and in the last
FIRST, GIFT = 700, 80  # pictures


@dataclass(frozen=True)
class Picture:
    """A file, ``content``, and what it shows: ``label``, which only Jen knows, out of ``pumpkins.CLASSES``."""

    content: bytes
    label: str
    kind: str

    @cached_property
    def pixels(self) -> np.ndarray:
        """What the server makes of the file: uint8 (28, 28)."""
        return read_pixels(self.content)


@dataclass(frozen=True)
class Batch:
    """Pictures with the labels that somebody gave them. ``source`` is who."""

    source: str
    pictures: list[Picture]
    labels: list[str]


def light_in(events: tuple[Event, ...], week: int) -> Light:
    """How pictures are lit in a week."""
    lamp = next((event for event in events if event.name == "lamp" and event.on(week)), None)
    if lamp is None:
        return DAY
    dim = min(1.0, (week - lamp.start + 1) / RAMP)
    mixed = {name: getattr(DAY, name) + dim * (getattr(DIM, name) - getattr(DAY, name)) for name in vars(DAY)}
    return Light(**mixed)


def first_batch(seed: int, count: int = FIRST) -> Batch:
    """What Jen has collected and labeled before the year begins."""
    random = np.random.default_rng((seed, 1000))
    pictures = _pictures(random, (), 0, count)
    return Batch("Jen", pictures, _labels_by_people(random, pictures))


def pictures_of_week(seed: int, events: tuple[Event, ...], week: int, times: float = 1.0) -> list[Picture]:
    """What customers send in ``week``, from 1; ``times`` as many as in the fast year."""
    random = np.random.default_rng((seed, week))
    low, high = WEEKLY
    return _pictures(random, events, week, round(times * (low + (high - low) * week / WEEKS)))


def gifts_of_week(seed: int, events: tuple[Event, ...], week: int) -> list[Batch]:
    """Labeled batches that nobody has asked for."""
    random = np.random.default_rng((seed, week, 7))
    gifts = []
    for name in ("good labels", "poisoned labels", "melons"):
        if not any(event.name == name and event.start == week for event in events):
            continue
        pictures = _pictures(random, events, week, GIFT)
        labels = _labels_by_people(random, pictures)
        if name == "poisoned labels":
            labels = [{"good": "bad", "bad": "good"}.get(label, label) for label in labels]
        if name == "melons":
            labels = ["good" if label == WATERMELON else label for label in labels]
        gifts.append(Batch(name, pictures, labels))
    return gifts


def labels_by_jen(seed: int, week: int, pictures: list[Picture]) -> list[str]:
    """What Jen answers when she is asked, and paid: she errs, too, but seldom."""
    return _labels_by_people(np.random.default_rng((seed, week, 3)), pictures)


def _pictures(random: np.random.Generator, events: tuple[Event, ...], week: int, count: int) -> list[Picture]:
    light = light_in(events, week)
    made: list[Picture] = []
    for _ in range(count):
        if made and random.random() < TWICE:
            known = made[random.integers(len(made))]
            content = known.content if random.random() < 0.5 else near_copy(random, known.content)
            made.append(Picture(content, known.label, known.kind))
        else:
            made.append(_picture(random, _kind(random, events, week), light))
    return made


def _picture(random: np.random.Generator, kind: str, light: Light) -> Picture:
    quality = quality_of(random)
    drawn = draw(random, kind, quality, size_of(random), light)
    if random.random() < LOW_QUALITY:
        drawn = worsen(random, drawn)
    return Picture(encode(random, drawn), WATERMELON if kind == WATERMELON else quality, kind)


def _kind(random: np.random.Generator, events: tuple[Event, ...], week: int) -> str:
    if random.random() < (MELON_WEEKS if going_on(events, "melons", week) else MELONS):
        return WATERMELON
    modified = next((event for event in events if event.name == "modified" and event.on(week)), None)
    if modified is None:
        return FIELD
    first, later = MODIFIED_SHARE
    share = first + (later - first) * min(1.0, (week - modified.start) / RAMP)
    return MODIFIED if random.random() < share else FIELD


def _labels_by_people(random: np.random.Generator, pictures: list[Picture]) -> list[str]:
    """Their labels; of some pumpkins the neighboring one."""
    slips = {"good": "fair", "fair": "bad", "bad": "fair"}
    wrong = random.random(len(pictures)) < MISLABELED
    return [slips.get(one.label, one.label) if slip else one.label for one, slip in zip(pictures, wrong, strict=True)]
