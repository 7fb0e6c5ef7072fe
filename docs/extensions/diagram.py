"""Where the boxes and arrows of the import map are drawn: one folder below another, every arrow downward."""

from __future__ import annotations

from dataclasses import dataclass

from docs.extensions.import_map import Arrow, ImportMap

WIDTH, HEIGHT, PITCH = 150, 52, 84  # of a box, and from one to the next
BULGE = 30  # how much farther to the right an arrow runs for each box that it passes


@dataclass(frozen=True)
class Box:
    """A folder: its name, its number of files of code, and the height of its upper edge."""

    name: str
    files: int
    top: int


@dataclass(frozen=True)
class Curve:
    """An arrow: from which height to which, and how far to the right it runs."""

    arrow: Arrow
    start: float
    end: float
    reach: int


@dataclass(frozen=True)
class Diagram:
    boxes: list[Box]
    curves: list[Curve]

    @property
    def size(self) -> tuple[int, int]:
        widest = max((curve.reach for curve in self.curves), default=0)
        return WIDTH + widest + 10, len(self.boxes) * PITCH - PITCH + HEIGHT


def lay_out(imports: ImportMap) -> Diagram:
    """Longer arrows run outside shorter ones: they leave a box above them, and arrive below them."""
    order = imports.order
    place = {folder: number for number, folder in enumerate(order)}
    boxes = [Box(folder, imports.files[folder], place[folder] * PITCH) for folder in order]
    curves = []
    for arrow in imports.arrows:
        span = place[arrow.target] - place[arrow.source]
        leaving = sorted(place[other.target] for other in imports.arrows if other.source == arrow.source)
        arriving = sorted(place[other.source] for other in imports.arrows if other.target == arrow.target)
        start = port(leaving[::-1].index(place[arrow.target]), len(leaving), lower=True)
        end = port(arriving[::-1].index(place[arrow.source]), len(arriving), lower=False)
        top, bottom = place[arrow.source] * PITCH, place[arrow.target] * PITCH
        curves.append(Curve(arrow, top + start, bottom + end, BULGE * (span + 1)))
    return Diagram(boxes, curves)


def port(number: int, of: int, lower: bool) -> float:
    """How far below a box's upper edge the arrow ``number`` out of a count leaves its lower half or reaches its upper
    half."""
    half = HEIGHT / 2
    return (number + 0.5) * half / of + (half if lower else 0)
