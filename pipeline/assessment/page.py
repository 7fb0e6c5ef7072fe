"""A model's card as a page for people: what was measured, and what only its makers can say.

After Mitchell et al., "Model Cards for Model Reporting" (2019), whose sections it has. Numbers come from the version's
card and from slices, each with its interval; the sentences are asked for, and a page without them is not made.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

from pipeline.assessment.labels import Estimate
from server.model_card import ModelCard

STATED = ("Intended use", "Out of scope", "Ethical considerations", "Caveats")

Slices = Mapping[str, Mapping[str, Estimate]]


def model_page(card: ModelCard, stated: Mapping[str, str], slices: Slices) -> str:
    """The page, in Markdown.

    ``stated`` has a text for each of the headings ``STATED``. ``slices`` has, by what was sliced, the
    accuracy of each slice by its name; the worst comes first. Raises ``ValueError`` that names what is missing.
    """
    missing = [heading for heading in STATED if not stated.get(heading, "").strip()]
    if missing:
        raise ValueError(f"nothing is said under {', '.join(missing)}: nobody can measure it, so write it down")
    return "\n".join(_lines(card, stated, slices))


def _lines(card: ModelCard, stated: Mapping[str, str], slices: Slices) -> Iterator[str]:
    yield f"# Model card: {_plain(card.name)}, version {card.version}\n\n{_plain(card.description)}.\n"
    yield from _section("Model details", _table(("field", "value"), _details(card)))
    for heading in STATED[:2]:
        yield from _section(heading, [stated[heading].strip()])
    yield from _section("Training and evaluation data", _table(("field", "value"), card.dataset.items()))
    yield from _section("Metrics, on the test images", _table(("metric", "value"), card.metrics.items()))
    for name, parts in slices.items():
        yield from _section(f"Accuracy by {_plain(name)}", _table(COLUMNS, _rows(parts)))
    for heading in STATED[2:]:
        yield from _section(heading, [stated[heading].strip()])


COLUMNS = ("slice", "pictures", "accuracy", "95 % interval")


def _details(card: ModelCard) -> list[tuple[str, object]]:
    height, width = card.input.shape
    return [
        ("made with", " ".join(card.framework.values())),
        ("parameters", f"{card.number_of_parameters:,}"),
        ("input", f"{height}x{width} pixels, {card.input.dtype}, {card.input.low} to {card.input.high}"),
        ("classes", ", ".join(card.classes)),
        ("training", ", ".join(f"{name} {value}" for name, value in card.training.items())),
    ]


def _rows(parts: Mapping[str, Estimate]) -> list[tuple[object, ...]]:
    worst_first = sorted(parts.items(), key=lambda part: part[1].share)
    return [
        (name, f"{seen.labels:,}", f"{seen.share:.3f}", f"{seen.low:.3f} to {seen.high:.3f}")
        for name, seen in worst_first
    ]


def _section(heading: str, lines: list[str]) -> Iterator[str]:
    yield f"## {heading}\n"
    yield from lines
    yield ""


def _table(columns: tuple[str, ...], rows) -> list[str]:
    cells = [columns, ["---"] * len(columns), *([_plain(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(row)} |" for row in cells]


def _plain(value: object) -> str:
    """A text that neither ends its line or its cell of a table, nor is taken for HTML."""
    return html.escape(" ".join(str(value).split()), quote=False).replace("\\", "\\\\").replace("|", "\\|")
