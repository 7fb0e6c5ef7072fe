"""The scores of the reference and of those who leave one thing out: ``python -m workbook.season.table``.

Five seeds by default, none of which the reference was tuned on. It is played without a server, on the same pictures.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from workbook.season.player import play
from workbook.season.policies import Policies, the_reference
from workbook.season.score import Part, score, total
from workbook.season.service import Rehearsal
from workbook.season.world import Year

SEEDS = (201, 202, 203, 204, 205)
REFERENCE = the_reference()
NAIVE = {
    "never retrain": replace(REFERENCE, detect=lambda reference, window: False),
    "always retrain": replace(REFERENCE, detect=lambda reference, window: True),
    "no gate": replace(REFERENCE, gate=lambda champion, challenger: True),
    "no validation": replace(REFERENCE, validate=lambda pixels, labels, scores, known: np.ones(len(labels), bool)),
    "own answers": replace(REFERENCE, choose_labels=lambda scores, budget: np.zeros(0, int)),
    "all at once": replace(REFERENCE, route=lambda share, answered, failed: 1.0),
}


def played(year: Year, policies: Policies) -> list[Part]:
    return score(play(year, policies, Rehearsal()), year.events)


def worst_reason(parts: list[Part]) -> str:
    """The first reason of the part that lost most."""
    lost = max(parts, key=lambda part: part.most - part.points)
    return lost.reasons[0] if lost.reasons else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--parts", action="store_true", help="print the points of each part")
    seeds, parts_too = vars(parser.parse_args()).values()
    console = Console(soft_wrap=True)
    everybody = {"reference": REFERENCE, **NAIVE}
    results: dict[str, list[list[Part]]] = {name: [] for name in everybody}
    for seed in track(seeds, "years"):
        year = Year(seed)
        for name, policies in everybody.items():
            results[name].append(parts := played(year, policies))
            # A year takes minutes, and whoever ends it early keeps what there is.
            console.print(f"year {seed}, {name}: {total(parts):.0f} points; {worst_reason(parts)}")
    table = Table("Policies", *map(str, seeds), "What broke it, in the first year")
    for name, years in results.items():
        table.add_row(name, *(f"{total(parts):.0f}" for parts in years), worst_reason(years[0]))
        if parts_too:
            for number, part in enumerate(years[0]):
                table.add_row(f"  {part.name} ({part.most})", *(f"{parts[number].points:.1f}" for parts in years))
    console.print(table)


if __name__ == "__main__":
    main()
