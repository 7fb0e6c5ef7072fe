"""One page on a run: each notebook with its time and fate, and a link to it as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader
from nbconvert import HTMLExporter

REPORT = "report.html"


@dataclass(frozen=True)
class Outcome:
    """An executed notebook, the seconds that it took and, if it failed, the cell and its message."""

    notebook: Path
    seconds: float
    error: str | None

    @property
    def page(self) -> Path:
        return self.notebook.with_suffix(".html")


def write_report(folder: Path, outcomes: list[Outcome], not_run: list[str]) -> Path:
    """Write ``report.html`` and a page for each executed notebook into ``folder``; return the report's path."""
    exporter = HTMLExporter(template_name="classic")  # the one template that writes alternative texts
    for outcome in outcomes:
        page, _ = exporter.from_notebook_node(nbformat.read(outcome.notebook, as_version=4))
        outcome.page.write_text(page, encoding="utf-8")
    template = Environment(loader=PackageLoader("workbook", "."), autoescape=True).get_template("report.html.j2")
    report = folder / REPORT
    report.write_text(template.render(outcomes=outcomes, not_run=not_run), encoding="utf-8")
    return report
