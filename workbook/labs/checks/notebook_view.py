"""How reports, hints and files look in a lab's notebook: as HTML that fits any width and theme, and as text."""

from __future__ import annotations

import re
from io import StringIO

from IPython.display import display
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from rich.console import Console

from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import Report
from workbook.labs.checks.terminal_view import EXPLAINED, SIGNS, next_step, show_report
from workbook.notebooks.selection import select

TEXT_WIDTH = 110  # columns, if HTML is not shown
HINT, DIFF = "lab.hint({task})", "lab.diff()"


def display_report(lab: Lab, report: Report, full: bool = False) -> None:
    """The failures explained, then the table, then what to do next; with ``full``, all of them with tracebacks."""
    failed = report.explained
    explained = failed if full else failed[:EXPLAINED]
    html = _rendered(
        "report.html.j2",
        lab=lab,
        report=report,
        explained=explained,
        more=len(failed) - len(explained),
        full=full,
        signs=SIGNS,
        section=lambda heading: _section(lab, heading),
        next_step=next_step(lab, report, HINT, DIFF),
    )
    text = StringIO()
    show_report(lab, report, Console(file=text, width=TEXT_WIDTH, force_jupyter=False), full)
    display({"text/html": html, "text/plain": text.getvalue()}, raw=True)


def display_files(lab: Lab) -> None:
    """Links to the student's files, which JupyterLab opens in its editor."""
    files = lab.student_files()
    html = _rendered("files.html.j2", files=files)
    display({"text/html": html, "text/plain": f"Your files: {', '.join(files)}"}, raw=True)


def display_hints(shown: tuple[str, ...], left: str) -> None:
    """The hints seen so far, in the Markdown that they are written in."""
    text = "\n".join(f"{tier}. {hint}" for tier, hint in enumerate(shown, start=1)) + f"\n\n*{left}*"
    display({"text/markdown": text, "text/plain": text}, raw=True)


def _section(lab: Lab, heading: str) -> str:
    """A link from the student's notebook to a section of the lesson, as JupyterLab reads it."""
    (lesson,) = select([lab.notebook])
    up = "/".join([".."] * len(lab.work.relative_to(lab.course).parts))
    return f"{up}/{lesson.relative_to(lab.course).as_posix()}#{heading.replace(' ', '-')}"


def _rendered(template: str, **values: object) -> str:
    folder = Environment(loader=PackageLoader(__package__, "."), autoescape=True, trim_blocks=True)
    folder.filters["prose"] = _prose
    return folder.get_template(template).render(**values)


def _prose(text: str) -> Markup:
    """Text with its code, which is between backticks, marked as such."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))
