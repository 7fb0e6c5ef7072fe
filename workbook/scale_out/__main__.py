"""``python -m workbook.scale_out score``, ``serve`` or ``measure``. What needs Ray goes on in its own environment."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from workbook.errors import UserError
from workbook.paths import WORK, course_folder
from workbook.scale_out.batch import Outcome, score, way_called
from workbook.scale_out.job import Job
from workbook.scale_out.quiet import quiet_ray
from workbook.servers.serve import free

app = typer.Typer(add_completion=False, help=__doc__)
console = Console(soft_wrap=True, highlight=False)
NEEDS_RAY = ("tasks", "data")
ENDED = 128 + signal.SIGTERM  # the exit status that shells give it
WIDE = 140  # characters, for a table of figures that goes to a file


@app.command("score")
def score_command(
    how: Annotated[str, typer.Option(help="one, pool, tasks (of Ray) or data (Ray Data).")] = "one",
    images: Annotated[int, typer.Option(min=1, help="How many of the million.")] = 1_000_000,
    size: Annotated[int, typer.Option(min=1, help="Images in a shard: what is lost if it is killed.")] = 10_000,
    folder: Annotated[Path | None, typer.Option(help="Of the shards; default: work/scale_out.")] = None,
) -> None:
    """Score what is missing of a million images. Killed in the middle, and typed again, it goes on where it was.

    Example: python -m workbook.scale_out score --how pool --images 100000
    """
    if how in NEEDS_RAY:
        go_on_with_ray()
    way_called(how)  # or the folder would be claimed for a job that cannot begin
    job = Job(folder or course_folder() / WORK / "scale_out", images, size)
    there = images - sum(len(job.numbers(shard)) for shard in job.begin())
    console.print(f"{there:,} of {images:,} images were there")
    try:
        outcome = with_progress(job, how, there)
    except OSError as error:
        raise UserError(f"{job.folder}: {error.strerror}: what is done stays; mend it, and type this again") from error
    if outcome.scored:
        console.print(
            f"scored {outcome.scored:,} in {outcome.seconds:.1f} s, {outcome.rate:,.0f} images/s, "
            f"the first shard after {outcome.first:.1f} s"
        )
    console.print(f"sha256 of all classes {job.digest()[:16]}")


@app.command("serve")
def serve_command(
    nodes: Annotated[int, typer.Option(min=1, help="Beside the head, all on this machine.")] = 2,
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535)] = 8000,
) -> None:
    """Serve the clothes model from a cluster of Ray with a replica on each node, until Ctrl+C.

    Example: python -m workbook.scale_out serve --nodes 3
    """
    free(port)  # or both would listen there, and each get some of the requests
    go_on_with_ray()
    from workbook.scale_out.app import ROUTE, Settings
    from workbook.scale_out.nodes import begin, cluster_of, deploy, wait_for_the_end

    with cluster_of(nodes):
        begin(port)
        deploy(Settings(replicas=nodes))
        console.print(f"nodes: {nodes}; they answer at http://127.0.0.1:{port}{ROUTE}; Ctrl+C ends them")
        wait_for_the_end()


@app.command("measure")
def measure_command(
    part: Annotated[str, typer.Argument(help="batch, killed, requests or autoscale.")],
) -> None:
    """Measure one part of docs/scale_out.md, print its figures, and keep them in docs/scale_out/results.json.

    Example: python -m workbook.scale_out measure batch
    """
    from workbook.scale_out.measure import PARTS, measure, tables

    if part not in PARTS:
        raise UserError(f"no part {part!r} to measure: there is {', '.join(PARTS)}")
    go_on_with_ray()
    for table in tables(part, measure(part, course_folder())):
        Console(width=max(console.width, WIDE)).print(table)


def with_progress(job: Job, how: str, there: int) -> Outcome:
    """``score`` with a bar that counts images, if this is a terminal."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=job.images, completed=there)
        return score(job, how, lambda images: progress.advance(bar, images))


def go_on_with_ray() -> None:
    """Repeat this command in Ray's environment, which is made if it is not there; return if this is it."""
    quiet_ray()
    if importlib.util.find_spec("ray") is not None:
        return
    from workbook.setup.layer import RAY, ensure

    command = [str(ensure(course_folder(), console, RAY)), "-m", "workbook.scale_out", *sys.argv[1:]]
    if os.name == "nt":
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)  # in this process's place, so that Ctrl+C and signals reach what they are meant for


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))  # as Ctrl+C: whoever was started is ended, too
    try:
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
