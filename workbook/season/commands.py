"""The subcommand ``workbook season``: plays the year against the student's policies, and scores it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live

from workbook.errors import UserError
from workbook.paths import WORK, course_folder

if TYPE_CHECKING:
    from workbook.season.diary import Diary
    from workbook.season.policies import Policies
    from workbook.season.world import Year

LAB = "11"
FULL = 8.0  # times as many pictures as in the fast year
FIGURE = "season.png"
app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)


@app.command()
def season(
    fast: Annotated[
        bool, typer.Option("--fast", help="An eighth of the customers, for a year that is over sooner.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another year: other pictures, events in other weeks.")] = 1,
    reference: Annotated[bool, typer.Option("--reference", help="Play with the course's policies, not yours.")] = False,
) -> None:
    """Play a year of Jen's pumpkins against a running server, decided by your policies of lab 11.

    It ends with up to 100 points, and says where each of the others was lost.

    Example: workbook season --fast --seed 3
    """
    from workbook.season.policies import rehearse
    from workbook.season.score import score
    from workbook.season.view import save_figure, show_score
    from workbook.season.world import Year
    from workbook.servers.interrupts import ended_as_by_ctrl_c

    policies = _policies(reference)
    rehearse(policies)
    figure = course_folder() / WORK / FIGURE
    figure.parent.mkdir(exist_ok=True)
    year = Year(seed, times=1.0 if fast else FULL)
    try:
        with ended_as_by_ctrl_c():
            diary = _played(year, policies)
    except KeyboardInterrupt:
        Console(stderr=True).print("\nended, with all that it had started; the same command starts the year over")
        raise typer.Exit(130) from None
    for number, text in diary.notes:
        console.print(f"week {number:2}  {text}", markup=False)
    show_score(score(diary, year.events), console)
    alt = save_figure(diary, year.events, figure)
    console.print(f"Figure: {WORK}/{FIGURE}. {alt}")


def _policies(reference: bool) -> Policies:
    from workbook.labs.authoring.manifest import find_lab
    from workbook.labs.desk import student_folder
    from workbook.season.policies import policies_in, the_reference

    if reference:
        return the_reference()
    lab = find_lab(LAB)
    return policies_in(student_folder.opened(lab) / "policies.py")


def _played(year: Year, policies: Policies) -> Diary:
    from workbook.season.live_server import LiveServer
    from workbook.season.player import play
    from workbook.season.view import live
    from workbook.servers.process import DidNotStart

    console.print("Jen collects and labels her first pictures, and the first model is trained.")
    try:
        with LiveServer() as server, Live(console=console, refresh_per_second=2) as shown:
            return play(year, policies, server, lambda running: shown.update(live(running.diary, year.weeks)))
    except DidNotStart as error:
        raise UserError(f"the server did not start: {str(error).splitlines()[-1]}") from error
