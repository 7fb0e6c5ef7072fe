"""What ``workbook why`` prints: one prediction traced back, or a batch followed to what it touched."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipeline.loop.batches import SHORT
from workbook.loop.prediction_log import Prediction

SOME = 10


def show_story(story: dict, console: Console) -> None:
    """Print what ``why.explain`` has found."""
    way = " → ".join(f"{hop['log']} ({hop['status']}, {hop['ms']} ms)" for hop in reversed(story["hops"]))
    rows = Table.grid(padding=(0, 2))
    rows.add_row("Request", f"{escape(story['request'])}, {story['time']}")
    rows.add_row("Way", escape(way))
    rows.add_row("Weights", story["weights"])
    for name, value in _rows_of(story):
        rows.add_row(name, value)
    console.print(rows)


def show_touched(batch: str, found: dict[str, list[Prediction]], everything: bool, console: Console) -> None:
    """Print which predictions a batch has touched: how many of each version, and their ids, all or the first."""
    if not found:
        console.print(f"No version has learned from batch {escape(batch[:SHORT])}, so it has touched no prediction.")
        return
    total = sum(map(len, found.values()))
    console.print(f"{total:,} predictions come from what was learned from batch {escape(batch[:SHORT])}.")
    for version, predictions in found.items():
        if not predictions:
            console.print(f"v{version} learned from it, and has answered nobody")
            continue
        first, last = predictions[0].time, predictions[-1].time
        console.print(f"v{version} learned from it: {len(predictions):,} predictions, {first} to {last}")
        for one in predictions if everything else predictions[:SOME]:
            console.print(f"  {escape(one.request)}")
        if not everything and len(predictions) > SOME:
            console.print(f"  and {len(predictions) - SOME:,} more; --all lists them")


def _rows_of(story: dict) -> Iterator[tuple[str, str | Group]]:
    """What is known of a version, and then of the one that it was fine-tuned from."""
    aliases = f", {', '.join(story['aliases'])}" if story["aliases"] else ""
    yield "Version", f"clothes v{story['version']}{aliases}"
    yield "Let through", _verdict(story)
    yield "Run", f"{story['run']}, {story['strategy']}"
    yield "Parameters", escape(", ".join(f"{name}={value}" for name, value in sorted(story["parameters"].items())))
    yield "Code", story["code"][:SHORT] or "unknown: the loop has not trained it"
    yield "Accuracy", f"{story['metrics']['accuracy']:.3f} on its test data"
    for part, name in (("train", "Learned from"), ("test", "Measured on")):
        yield name, Group(*(Text(_batch(batch)) for batch in story["data"][part]))
    if story["parent"]:
        yield "", ""
        yield "It goes on from", ""
        yield from _rows_of(story["parent"])


def _verdict(story: dict) -> str:
    told = [f"gate {story['gate']}", *story["reasons"]]
    told += [f"promoted by {story['promoted_by']}"] if story["promoted_by"] else []
    told += [f"rolled back by {story['rolled_back_by']}"] if story["rolled_back_by"] else []
    return escape("; ".join(told))


def _batch(batch: dict) -> str:
    count = "an unknown number of" if batch["count"] is None else f"{batch['count']:,}"
    return f"batch {batch['sha256'][:SHORT]}, {count} pictures: {batch['source']}"
