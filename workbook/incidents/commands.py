"""The subcommand for incidents: lists them, starts one, hears a diagnosis, mends."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbook.errors import UserError

if TYPE_CHECKING:
    from workbook.incidents.cases import Drill

POLL_SECONDS = 0.5
app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)


@app.command()
def incident(
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMBER]", help="Which; without one, they are listed.")
    ] = None,
    cause: Annotated[str | None, typer.Option(metavar="NAME", help="Your diagnosis: a name from the list.")] = None,
    evidence: Annotated[str, typer.Option(metavar="TEXT", help="What you have seen that shows it.")] = "",
    mend: Annotated[bool, typer.Option("--mend", help="Put the last good release back.")] = False,
) -> None:
    """Find what is wrong with a running server, from its log, its metrics and its answers; then mend it.

    A number alone starts the server and its customers; diagnose and mend it in another terminal.

    Example: workbook incident 3 --cause no-softmax --evidence "the scores of a picture add up to 12"
    """
    from workbook.incidents import cases

    if number is None:
        return _list()
    if evidence and cause is None:
        raise UserError(f"evidence of what? workbook incident {number} --cause NAME --evidence TEXT")
    if cause is None and not mend:
        return _run(number)
    accepted = True
    if cause is not None:
        verdict = cases.diagnose(number, cause, evidence)
        console.print(escape(verdict.reason))
        accepted = verdict.accepted
    if mend:
        console.print(cases.mend(number))
    elif accepted:
        console.print(f"Now put the last good release back: workbook incident {number} --mend")
    raise typer.Exit(0 if accepted else 1)


def _list() -> None:
    from workbook.faults.catalog import FAULTS
    from workbook.incidents.cases import standings

    table = Table("No.", "What a user says", "You", title="Incidents", title_justify="left")
    for one, standing in standings():
        table.add_row(str(one.number), escape(one.report), standing)
    console.print(table)
    causes = Table("Name", "What is wrong", title="Causes that can be named", title_justify="left")
    for fault in FAULTS:
        causes.add_row(fault.name, escape(fault.wrong))
    console.print(causes)
    console.print("Start one: workbook incident 3")


def _run(number: int) -> None:
    from workbook.incidents.cases import Drill
    from workbook.incidents.drill import MENDED, SERVER_LOG, TRAFFIC_LOG
    from workbook.servers.process import DidNotStart

    try:
        drill = Drill(number)
    except DidNotStart as error:
        raise UserError(f"incident {number} did not start: {str(error).splitlines()[-1]}") from error
    with drill:
        console.print(f"Incident {number}: {escape(drill.report)}\n")
        for what, where in (
            ("server", drill.url),
            ("metrics", f"{drill.url}/metrics"),
            ("model cards", f"{drill.url}/models/clothes/v1, {drill.url}/models/clothes/v2"),
            ("its log", drill.folder / SERVER_LOG),
            ("what customers got", drill.folder / TRAFFIC_LOG),
        ):
            console.print(f"  {what:20}{where}", markup=False)
        console.print(f'\nIn another terminal: workbook incident {number} --cause NAME --evidence "..."')
        console.print(f"                     workbook incident {number} --mend    Ctrl+C ends it.")
        _watch(drill, drill.folder / MENDED)


def _watch(drill: Drill, mended: Path) -> None:
    """Until Ctrl+C. Raises ``UserError`` if the server is gone."""
    tick, told = threading.Event(), False
    try:
        while drill.running:
            if mended.exists() and not told:
                told = True
                console.print("The last good release is back; customers go on. Ctrl+C ends it.")
            tick.wait(POLL_SECONDS)
    except KeyboardInterrupt:
        return
    raise UserError(f"the server of incident {drill.number} has ended: start it again")
