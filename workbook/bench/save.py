"""The results of a run as files, from which the page of the docs is made."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from workbook.bench.chart import draw, in_words
from workbook.bench.report import failures, sections
from workbook.bench.results import Report

PICTURE = "picture.svg"


def save(report: Report, folder: Path) -> None:
    """Write ``results.json``, ``picture.svg``, and ``results.md``, which shows both, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "system": platform.system(), "processor": platform.machine()}
    found = {**asdict(report), "verdicts": [asdict(verdict) for verdict in report.verdicts()]}
    content = json.dumps({"machine": {**machine, "python": platform.python_version()}, **found}, indent=1)
    (folder / "results.json").write_text(content + "\n", encoding="utf-8")
    draw(report, folder / PICTURE)
    (folder / "results.md").write_text(_page(report), encoding="utf-8")


def _page(report: Report) -> str:
    parts = [f"![{in_words(report)}]({PICTURE})"]
    for title, headings, lines in sections(report):
        parts += [f"{title}:", _table(headings, lines)]
    return "\n\n".join([*parts, *failures(report)]) + "\n"


def _table(headings: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rule = ("---", *["---:"] * (len(headings) - 1))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *lines))
