"""The subcommands of the loop: play it, and ask why a request got its answer."""

from __future__ import annotations

import contextlib
import json
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from workbook.errors import UserError
from workbook.paths import WORK

HOME = Path(WORK) / "loop"
app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)
Home = Annotated[Path, typer.Option(metavar="FOLDER", help="The folder of the loop.")]


@app.command()
def why(
    request: Annotated[str | None, typer.Argument(metavar="[REQUEST]", help="An id, from X-Request-Id.")] = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="In the opposite direction: which predictions did this batch touch?"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With --batch: list every request's id.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With an id: print all that is known, as JSON.")] = False,
    home: Home = HOME,
) -> None:
    """Trace one prediction back to its version, its run, its code and its data; or a batch to what it touched.

    Example: workbook why 6f1c0a2b9d3e4f57
    """
    if (request is None) == (batch is None):
        raise UserError("give either the id of a request or --batch with the hash of a batch")
    if (everything and request) or (as_json and batch):
        raise UserError("--all works only with --batch, and --json only with the id of a request")
    with Console(stderr=True).status("Asking the logs and the registry"):
        from workbook.loop.trace_view import show_story, show_touched
        from workbook.loop.why import explain, touched

        found = touched(home, batch) if request is None else explain(home, request)
    if request is None:
        show_touched(batch, found, everything, console)
    elif as_json:
        print(json.dumps(found, indent=2))
    else:
        show_story(found, console)


@app.command()
def loop(
    home: Home = HOME,
    fast: Annotated[bool, typer.Option("--fast", help="Fewer pictures and labels, so it is quicker.")] = False,
) -> None:
    """Play the whole loop with a running service: drift, alarm, labels, retraining, gate, canary, recovery.

    Ctrl+C ends it, and all that it has started; the same command goes on where it was.

    Example: workbook loop --fast
    """
    from workbook.loop.chronicle import FAST, FULL
    from workbook.loop.screen import Screen
    from workbook.loop.story import play
    from workbook.loop.summary import draw, show_summary

    screen = Screen(console)
    try:
        with screen.shown():
            chronicle = play(home, FAST if fast else FULL, screen.told, screen.watch)
    except KeyboardInterrupt:
        again = "workbook loop" + (" --fast" if fast else "") + _where(home)
        Console(stderr=True).print(f"\nended, with all that it had started; `{again}` goes on")
        raise typer.Exit(130) from None
    show_summary(chronicle, console)
    path, alt = draw(chronicle)
    console.print(f"\nPicture: {path}\n{alt}")
    if request := _some_request(home):
        console.print(f"\nWhy did a request get its answer? workbook why {request}{_where(home)}")


def _some_request(home: Path) -> str:
    """The id of the last one that ``why`` can explain; empty if there is none, for somebody may have moved the logs."""
    from workbook.loop.prediction_log import predictions

    with contextlib.suppress(UserError):
        told = [one.request for one in predictions(home) if one.weights is not None]
        return told[-1] if told else ""
    return ""


def _where(home: Path) -> str:
    """The option that names the folder, as a shell takes it."""
    return "" if home == HOME else f" --home {shlex.quote(str(home))}"
