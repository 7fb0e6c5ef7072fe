"""The ``workbook`` command. Each subcommand parses its arguments and calls the module of its name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.dataset import NoData
from pipeline.loop.tracking import StoreError
from workbook.contracts.commands import app as contracts
from workbook.errors import UserError, told_in_one_line, told_of_database
from workbook.incidents.commands import app as incidents
from workbook.kubernetes.commands import app as kubernetes
from workbook.labs.commands import app as labs
from workbook.loop.commands import app as loop
from workbook.pipelines.commands import app as pipelines
from workbook.season.commands import app as season

app = typer.Typer(
    help="From a trained model to a running service: the workbook's tool.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(labs)
app.add_typer(incidents)
app.add_typer(contracts)
app.add_typer(loop)
app.add_typer(season)
app.add_typer(kubernetes)
app.add_typer(pipelines, name="pipeline")
console = Console(soft_wrap=True)

Numbers = Annotated[list[str] | None, typer.Argument(metavar="[NN]...", help="Notebooks by number; all if none.")]


@app.command()
def doctor() -> None:
    """Check this machine: Python, packages, data, space. Says what to do if something is missing.

    Example: workbook doctor
    """
    from workbook.paths import course_folder
    from workbook.setup.doctor import examine, show
    from workbook.setup.layer import LAYERS, finding

    findings = [*examine(), *(finding(course_folder(), layer) for layer in LAYERS)]
    show(findings, console)
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


@app.command()
def data() -> None:
    """Put Fashion-MNIST, verified, where Keras looks for it.

    Example: FASHION_MNIST_DIR=~/Downloads workbook data
    """
    from pipeline.dataset import ensure

    folder = ensure(console.print)
    console.print(f"Fashion-MNIST is complete and verified in {folder}")


@app.command()
def run(  # noqa: PLR0913, PLR0917  one argument for each option
    numbers: Numbers = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="NN", help="Begin there, to go on after a failure.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Train for 3 epochs instead of 20.")] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Set a notebook parameter."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=1, envvar="WORKBOOK_JOBS", help="How many notebooks at once.")
    ] = 2,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the report there, as one page.")
    ] = None,
) -> None:
    """Run the notebooks with papermill, each after those whose files it needs, and write a report.

    A failure stops those that need the failed one.

    Example: workbook run --from 04 --report report.html
    """
    from workbook.notebooks.report import page_at
    from workbook.notebooks.run import parse_parameters, run_notebooks
    from workbook.notebooks.selection import select

    notebooks = select(numbers or [], start)
    parameters = parse_parameters(notebooks, [*(["EPOCHS=3"] if fast else []), *(parameter or [])])
    copy = report and page_at(report)
    result = run_notebooks(notebooks, parameters, jobs, console)
    result.write(copy)
    console.print(f"Executed notebooks: {result.folder}")
    console.print(f"HTML report:        {copy or result.page}")
    raise typer.Exit(1 if result.failed else 0)


@app.command()
def verify(numbers: Numbers = None) -> None:
    """Run the notebooks with nbval, strictly: each cell must print what is stored in it.

    They run in a copy, on the model in work/ if there is one, otherwise on the pinned one; work/ stays as it is.

    Example: workbook verify 03
    """
    from workbook.notebooks.selection import select
    from workbook.notebooks.verify import verify_notebooks

    raise typer.Exit(verify_notebooks(select(numbers or []), console))


@app.command()
def store(numbers: Annotated[list[str], typer.Argument(metavar="NN...", help="Notebooks by number.")]) -> None:
    """Store notebooks again after a change: run them in a copy, and write them back with what they printed.

    Example: workbook store 03
    """
    from workbook.notebooks.selection import select
    from workbook.notebooks.store import store_notebooks

    store_notebooks(select(numbers), console)


@app.command()
def prove(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PROMISE]...", help="Try these, by name.")] = None,
    everything: Annotated[bool, typer.Option("--run", help="Try them all.")] = False,
) -> None:
    """List what the course promises, to whom, and the test that keeps each promise; with names or --run, run these
    tests.

    Example: workbook prove wrong-rejected no-5xx
    """
    from workbook import prove as promised
    from workbook.paths import course_folder

    course = course_folder()
    chosen = promised.choose(promised.promises_of(course), names or [])
    if not names and not everything:
        promised.show(chosen, console)
    elif not promised.prove(chosen, course, console):
        raise typer.Exit(1)


@app.command()
def lab(
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: the first free one from 8888.")] = None,
) -> None:
    """Open the course in JupyterLab, on this machine only. It opens at the list, with how far you are.

    Example: workbook lab --no-browser --port 9999
    """
    from workbook.jupyter.application import open_jupyterlab

    open_jupyterlab(browser, port)


@app.command()
def serve(
    models: Annotated[Path | None, typer.Option(help="A model repository; default: the pinned models.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one per core.")] = None,
    traffic: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Stand before other servers, as this policy says.")
    ] = None,
) -> None:
    """Serve the models with the reference inference server, on this machine only; or be a front before such servers.

    Example: workbook serve --models work/models --port 0
    """
    from server.model_card import PINNED_MODELS
    from workbook.servers.serve import serve_models, serve_traffic

    if traffic is None:
        serve_models(models or PINNED_MODELS, port, workers)
    elif models or workers:
        raise UserError("a front has no models and one worker: leave out --models and --workers, or --traffic")
    else:
        serve_traffic(traffic, port)


@app.command()
def wheelhouse(
    folder: Annotated[Path, typer.Argument(help="Where to make it; a stopped download resumes there.")],
    system: Annotated[
        str | None,
        typer.Option("--platform", help="linux-x86_64, linux-arm64, macos-arm64 or windows; default: this machine's."),
    ] = None,
    python: Annotated[str | None, typer.Option(help="3.11, 3.12 or 3.13; default: this one.")] = None,
) -> None:
    """Collect everything that a machine without a network needs: packages and data. Its README.txt says what to do
    there.

    Example: workbook wheelhouse /media/stick/wheelhouse --platform windows --python 3.11
    """
    from workbook.setup.wheelhouse import make_wheelhouse

    make_wheelhouse(folder, system, python, console)
    console.print(f"Complete: {folder.resolve()}; read README.txt there")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def model_server(context: typer.Context) -> None:
    """Serve SavedModels with a stand-in for TensorFlow Serving. It takes tensorflow_model_server's own flags."""
    from server.tensorflow_serving.__main__ import serve_and_exit

    serve_and_exit(context.args)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SERVER]...", help="Only these servers.")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Other people's servers, too; installs each separately.")
    ] = False,
    seconds: Annotated[int, typer.Option(min=1, help="Length of one load.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="How often each server is measured.")] = 3,
    save: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Write results, page and picture there.")] = None,
) -> None:
    """Measure the servers side by side in one run, and the ways of calling the model; print ratios.

    Servers: course-notes, reference, floor; and the peers kserve, mlserver, bentoml, litserve, ray-serve.
    By name alone: unwatched, the reference without its statistics of drift.

    Example: workbook bench reference floor --rounds 1
    """
    from workbook.bench.calls import compare_calls
    from workbook.bench.measure import Plan
    from workbook.bench.report import show
    from workbook.bench.run import choose, compare_servers
    from workbook.bench.save import save as save_report

    report = compare_servers(choose(names or [], peers), Plan(seconds=seconds, rounds=rounds), console)
    show(report, console)
    if save:
        save_report(report, save)
    if not names:
        compare_calls(console)


@app.command()
def bench_model_server() -> None:
    """Measure the stand-in for TensorFlow Serving, over REST and gRPC, batching off and on; print ratios.

    Example: workbook bench-model-server
    """
    from workbook.bench.model_server import measure_model_server

    measure_model_server(console)


def main() -> None:
    """The command's entry point: an error that the user can fix is one line, with exit status 2."""
    try:
        app()
    except (UserError, NoData, StoreError) as error:
        _fail(str(error))
    except Exception as error:
        told = told_in_one_line(error) if isinstance(error, OSError) else told_of_database(error)
        if not told:
            raise
        _fail(told)


def _fail(reason: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {escape(reason)}", highlight=False)
    sys.exit(2)
