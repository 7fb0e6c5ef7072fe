"""The course as a list: notebooks and labs in order, how long each takes, and how far the student is.

JupyterLab opens with it: ``work/course.ipynb``, which ``workbook lab`` makes again each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbook.jupyter import attendance
from workbook.labs.authoring.manifest import NOTEBOOK, Lab, every_lab
from workbook.labs.desk import progress
from workbook.notebooks.selection import select
from workbook.paths import WORK, course_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

PAGE = "course.ipynb"
INTRODUCTION = """# The course

Open a notebook or a lab by its title. In it, Shift+Enter runs a cell and goes on to the next.

To see here how far you have come, choose *Refresh*, or run the cell below. This page is made again each time JupyterLab
starts, so keep your notes elsewhere."""
CODE = """import workbook

START = ""  # to start a lab, write its number between the quotes, and run this cell
workbook.show_course(START)"""
HELP = """## Find your way

- The tabs are above; a tab's kernel ends when you close it. *File*, *Shut Down* ends everything.
- On the left is the table of contents of the notebook that you see. The folder above it shows the files.
- By keyboard: Enter to write in a cell, Esc to leave it, arrows to the next, Tab to a link, Ctrl+Shift+[ and ] to
  another tab, Ctrl+Shift+C for every command by name.
- In a terminal, `workbook status` shows the labs, and `workbook doctor` whether this machine has all it needs."""


@dataclass(frozen=True)
class Entry:
    """One row: ``link`` is empty for a lab that has not been started; ``done`` says whether nothing is left to do."""

    name: str
    title: str
    link: str
    minutes: str
    needs: str
    standing: str
    done: bool


def entries(course: Path) -> list[Entry]:
    """Each notebook and, after it, its lab. The links are relative to ``work/``."""
    labs = [(lab.number, 1, _lab_entry(lab)) for lab in every_lab(course)]
    notebooks = [(path.name[:2], 0, _notebook_entry(course, path)) for path in select([])]
    return [entry for *_, entry in sorted(labs + notebooks, key=lambda row: row[:2])]


def show_course(start: str = "") -> None:
    """Display the list in a notebook of ``work/``; with ``start``, a lab's number as ``"04"``, start that lab first.

    A lab that was already started stays as it is. Raises ``UserError`` for a lab that does not exist.
    """
    from IPython.display import display

    from workbook.labs.desk.open_lab import start_if_new

    if start:
        start_if_new(start)
    display(_as_data(entries(course_folder())), raw=True)


def write_course(course: Path) -> Path:
    """Write the page with the current list, so that it shows before anything has run. Returns its path."""
    from nbformat import v4, write

    output = v4.new_output("display_data", data=_as_data(entries(course)))
    cells = [
        v4.new_markdown_cell(INTRODUCTION, id="introduction"),
        v4.new_code_cell(CODE, id="list", outputs=[output]),
        v4.new_markdown_cell(HELP, id="help"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    path = course / WORK / PAGE
    path.parent.mkdir(exist_ok=True)
    page = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    write(page, path)
    _trust(page)
    return path


def _trust(page: NotebookNode) -> None:
    """Sign the page as ``jupyter trust`` would, because it is ours; otherwise its button would ask first."""
    from jupyter_core.paths import jupyter_data_dir
    from nbformat.sign import NotebookNotary

    folder = Path(jupyter_data_dir())
    folder.mkdir(parents=True, exist_ok=True)
    NotebookNotary(data_dir=str(folder)).sign(page)


def _notebook_entry(course: Path, path: Path) -> Entry:
    """A row for a lesson, or for what a student has put beside the lessons, whatever is in it."""
    opening = _first_cell(path)
    begun, ended = attendance.standing(course, path.name)
    return Entry(
        name=f"Notebook {path.name[:2]}",
        title=_found(r"# (.+)", opening) or path.stem,
        link=f"../{path.relative_to(course).as_posix()}",
        minutes=_found(r"(\d+) minutes", opening),
        needs=_found(r"\*\*What you need\.\*\* ([^.:]+)", opening),
        standing=f"run to its end, {ended}" if ended else f"begun, {begun}" if begun else "",
        done=bool(ended),
    )


def _first_cell(path: Path) -> str:
    import nbformat

    try:
        return nbformat.read(path, as_version=4).cells[0].source
    except (OSError, ValueError, IndexError, AttributeError, nbformat.ValidationError):  # half a file or no notebook
        return ""


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _lab_entry(lab: Lab) -> Entry:
    now = progress.standing(lab)
    started = (lab.work / NOTEBOOK).exists()
    return Entry(
        name=f"Lab {lab.number}",
        title=lab.title,
        link=f"{lab.work.relative_to(lab.course / WORK).as_posix()}/{NOTEBOOK}" if started else "",
        minutes=f"{lab.minutes[0]} to {lab.minutes[1]}",
        needs=f"Notebook {lab.notebook}",
        standing=_lab_standing(now) if started else "not started",
        done=bool(now.points) and now.best == now.points,
    )


def _lab_standing(now: progress.Standing) -> str:
    if now.submitted:
        return f"{now.best} of {now.points} points, handed in {now.submitted}"
    return f"{now.best} of {now.points} points" if now.last else f"started, {now.started}"


def _as_data(rows: list[Entry]) -> dict[str, str]:
    """The list for people, as HTML, or as text where HTML cannot be shown."""
    from jinja2 import Environment, PackageLoader

    template = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    coming = next((row for row in rows if not row.done), None)
    html = template.get_template("course.html.j2").render(rows=rows, coming=coming)
    text = [f"{row.name}: {row.title} ({row.minutes} minutes): {row.standing or 'not begun'}" for row in rows]
    return {"text/html": html, "text/plain": "\n".join(text)}
