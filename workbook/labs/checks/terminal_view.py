"""How reports look: a table and, first, what went wrong in words. The same in a terminal and in a notebook."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import Report, Result, State

SIGNS = {
    State.PASSED: "✓ passed",
    State.FAILED: "✗ failed",
    State.TODO: "· to do",
    State.BROKEN: "! broken",
    State.SKIPPED: "- not run",
}
COLORS = {
    State.PASSED: "green",
    State.FAILED: "red",
    State.TODO: "yellow",
    State.BROKEN: "magenta",
    State.SKIPPED: "dim",
}
EXPLAINED = 3  # failures at a time; with more, begin with the first


def show_report(lab: Lab, report: Report, console: Console, full: bool = False) -> None:
    """The failures explained, then the table, then what to do next; with ``full``, all of them with tracebacks."""
    failed = report.explained
    for problem in report.problems:
        console.print(f"[red]{escape(problem)}[/]", highlight=False)
    for result in failed if full else failed[:EXPLAINED]:
        console.print(explanation(lab, result, full))
    if not full and len(failed) > EXPLAINED:
        console.print(f"and {len(failed) - EXPLAINED} more: workbook check {lab.number} --full shows them all")
    if full and report.printed:
        console.print(
            Panel(Text(report.printed.strip()), title="the end of what your code printed", title_align="left")
        )
    console.print(table(lab, report))
    skipped = dict.fromkeys(result.got for result in report.results if result.state is State.SKIPPED)
    for said in (*skipped, *report.notes):
        console.print(said, highlight=False, markup=False)
    console.print(next_step(lab, report), highlight=False)


def explanation(lab: Lab, result: Result, full: bool = False) -> RenderableType:
    """What was sent, expected and got, the likely cause, where it is explained, and last a traceback, if asked for."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in (
        ("sent", result.sent),
        ("expected", result.expected),
        ("got", result.got),
        ("likely", result.likely),
        ("read", f"notebook {lab.notebook}, “{result.read}”"),
    ):
        if text:
            grid.add_row(name, escape(text))
    traceback = [Text("\n" + result.traceback)] if full and result.traceback else []
    content = Group(Text(result.title, style="bold"), grid, *traceback)  # a border would cut a long title
    return Panel(content, title=SIGNS[result.state], title_align="left", border_style=COLORS[result.state])


def table(lab: Lab, report: Report) -> Table:
    shown = Table(title=f"Lab {lab.number}: {lab.title}", title_justify="left")
    shown.add_column("Task", justify="right")
    shown.add_column("Check", overflow="fold")
    shown.add_column("Result", no_wrap=True)
    shown.add_column("Points", justify="right")
    for result in report.results:
        state = Text(SIGNS[result.state], style=COLORS[result.state])
        points = f"{result.earned}/{result.points}" if result.points else ""
        shown.add_row(str(result.task), escape(result.title), state, points)
    shown.add_section()
    shown.add_row("", "", "together", f"{report.earned}/{report.points}")
    return shown


def next_step(lab: Lab, report: Report, hint: str = "", diff: str = "") -> str:
    """What to do now. ``hint``, with ``{task}`` in it, and ``diff`` are what to type; default: in a terminal."""
    hint, diff = hint or f"workbook hint {lab.number} {{task}}", diff or f"workbook diff {lab.number}"
    if not report.failures:
        checked = {result.task for result in report.results}
        if len(checked) < len(lab.tasks):
            return f"Task {max(checked)} is done. {_next_task(lab, max(checked) + 1)}"
        return f"All checks pass. Compare with the reference: {diff}. Hand it in: workbook submit {lab.number}"
    if report.problems:
        return "First fix what is named at the top; then check again."
    first = report.failures[0]
    if first.state is State.BROKEN:
        return f"The check {first.name} itself failed: that is the course's fault, not yours. Tell your instructor."
    return f"{_next_task(lab, first.task)} If you are stuck: {hint.format(task=first.task)}"


def _next_task(lab: Lab, number: int) -> str:
    if number > len(lab.tasks):
        return "That was the last one: now run all checks together."
    title = lab.tasks[number - 1].title
    return f"Next: task {number}, {title[0].lower()}{title[1:]}."
