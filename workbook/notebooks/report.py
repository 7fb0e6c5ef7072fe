"""The result of a run: as a page for people, as JSON for programs, and each notebook as HTML."""

from __future__ import annotations

import json
import platform
from collections import Counter
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader
from nbconvert import HTMLExporter

from workbook.errors import UserError
from workbook.notebooks.artifacts import Artifact
from workbook.notebooks.kernels import Failure

PAGE = "report.html"
DATA = "report.json"


def page_at(path: Path) -> Path:
    """``path`` made absolute, with its folder. Raises ``UserError`` if no page can be written there: before a run, not
    after."""
    if path.suffix != ".html":
        raise UserError(f"--report {path}: the report is a page, so give it a name that ends in .html")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise UserError(f"--report {path}: {error.strerror}") from error
    return path.absolute()


@dataclass(frozen=True)
class Outcome:
    """The result of a notebook: its executed copy, when it began (seconds into the run), and how long it took.

    ``failure`` says why it did not run to its end. For a notebook that has not run at all, ``began`` and ``seconds``
    are None.
    """

    notebook: Path
    began: float | None
    seconds: float | None
    failure: Failure | None
    artifacts: list[Artifact]

    @property
    def page(self) -> Path:
        return self.notebook.with_suffix(".html")

    @property
    def verdict(self) -> str:
        """``"done"``, ``"failed"`` or ``"not run"``."""
        if self.failure is None:
            return "done"
        return "not run" if self.seconds is None else "failed"


@dataclass(frozen=True)
class Report:
    """A run: the folder of the executed notebooks, the outcomes in order, its wall time, and how many ran at once."""

    folder: Path
    outcomes: list[Outcome]
    seconds: float
    jobs: int

    @property
    def failed(self) -> bool:
        return any(outcome.failure for outcome in self.outcomes)

    @property
    def page(self) -> Path:
        return self.folder / PAGE

    def write(self, copy: Path | None = None) -> None:
        """Write the page, the JSON and the notebooks' pages into the folder.

        ``copy`` is where the page is written a second time, without links, so that it can be sent by itself.
        """
        exporter = HTMLExporter(template_name="classic")  # the one template that writes alternative texts
        for outcome in self.outcomes:
            if outcome.verdict != "not run":
                page, _ = exporter.from_notebook_node(nbformat.read(outcome.notebook, as_version=4))
                outcome.page.write_text(page, encoding="utf-8")
        (self.folder / DATA).write_text(json.dumps(self.data(), indent=1) + "\n", encoding="utf-8")
        self.write_page(self.page, links=True)
        if copy:
            self.write_page(copy)

    def data(self) -> list[dict]:
        """For each notebook, its name, its seconds and its error (each may be None), and its artifacts."""
        return [
            {
                "notebook": outcome.notebook.name,
                "seconds": outcome.seconds and round(outcome.seconds, 1),
                "error": str(outcome.failure) if outcome.failure else None,
                "artifacts": [asdict(artifact) for artifact in outcome.artifacts],
            }
            for outcome in self.outcomes
        ]

    def write_page(self, path: Path, links: bool = False) -> None:
        """Write only the page; with ``links`` to the notebooks' pages, which are then beside it."""
        template = Environment(loader=PackageLoader(__package__, "."), autoescape=True).get_template("report.html.j2")
        page = template.render(
            report=self,
            links=links,
            counts=Counter(outcome.verdict for outcome in self.outcomes),
            machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            tensorflow=version("tensorflow"),
        )
        path.write_text(page, encoding="utf-8")
