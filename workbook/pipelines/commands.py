"""The subcommands for the pipeline: run a round of the loop, or write the file that a cluster runs."""

from __future__ import annotations

import ast
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from workbook.errors import UserError

app = typer.Typer(help="Run one round of the loop: from a batch of pictures to a model on trial.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)


class Engine(StrEnum):
    PLAIN = "plain"
    KUBEFLOW = "kubeflow"
    METAFLOW = "metaflow"


@app.command()
def run(  # noqa: PLR0913, PLR0917  one argument for each option
    batch: Annotated[
        Path | None,
        typer.Argument(metavar="[BATCH.npz]", help="Images and labels; default: the first of Fashion-MNIST."),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="What runs the steps.")] = Engine.PLAIN,
    home: Annotated[Path, typer.Option(metavar="FOLDER", help="The loop's folder.")] = Path("work/loop"),
    strategy: Annotated[str, typer.Option(help="scratch, fine_tune or window.")] = "scratch",
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="For the training.")
    ] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", metavar="NAME=VALUE", help="For the gate.")] = None,
) -> None:
    """Take in a batch, validate it, train, compare with the champion and, if the gate lets it, put the model on trial.

    What was done before is not done again. After it was stopped, the same command goes on. Exit status 1 if validation
    or the gate has stopped the round.

    Example: workbook pipeline run --engine kubeflow -p epochs=3
    """
    from pipeline.engines.plan import Round, configuration
    from workbook.paths import course_folder
    from workbook.pipelines.engines import run_round
    from workbook.setup.layer import ensure

    if batch and not batch.is_file():
        raise UserError(f"{batch} is not there: name an .npz file with images and labels")
    python = None if engine is Engine.PLAIN else ensure(course_folder(), console)
    asked = Round(home, batch, strategy, settings(parameter), settings(rule))
    try:
        config = configuration(asked)
    except ValueError as error:
        raise UserError(str(error)) from error
    begun: list[str] = []
    with console.status("what is there") as status:

        def told(step: str) -> None:
            begun.append(step)
            status.update(step)
            console.print(f"begun: {step}")

        result = run_round(config, engine.value, python, told)
    _show(result, begun)
    raise typer.Exit(1 if result["stopped"] else 0)


@app.command("compile")
def compile_file(file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Where to write it.")]) -> None:
    """Write the Kubeflow pipeline as the file that a cluster runs.

    Example: workbook pipeline compile work/clothes.yaml
    """
    from workbook.paths import course_folder
    from workbook.pipelines.engines import compile_pipeline
    from workbook.setup.layer import ensure

    compile_pipeline(file, ensure(course_folder(), console))
    console.print(f"Written: {file}")


@app.command()
def install() -> None:
    """Make the environment in which Kubeflow Pipelines and Metaflow run; the other commands do it when they need it.

    Example: workbook pipeline install
    """
    from workbook.paths import course_folder
    from workbook.setup.layer import ensure

    ensure(course_folder(), console)
    console.print("Kubeflow Pipelines and Metaflow are ready.")


def settings(given: list[str] | None) -> dict[str, object]:
    """``["epochs=3"]`` to ``{"epochs": 3}``. Raises ``UserError`` for what is not a name and a number."""
    found: dict[str, object] = {}
    for setting in given or []:
        name, _, text = setting.partition("=")
        try:
            found[name] = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            found[name] = None
        if not isinstance(found[name], int | float):
            raise UserError(f"{setting!r} is not a setting: write NAME=NUMBER, such as epochs=3")
    return found


def _show(result: dict, begun: list[str]) -> None:
    if result["stopped"]:
        console.print(f"Stopped at {result['stopped']}:")
        for reason in result["reasons"]:
            console.print(f"  {escape(reason)}")
    elif not begun:
        console.print(f"Nothing had to be done: version {result['version']} is what these inputs give.")
    elif result["run"] is None:
        console.print(f"The champion, version {result['version']}, has learned from this batch already.")
    else:
        console.print(f"Version {result['version']} is in the model repository, on trial.")
