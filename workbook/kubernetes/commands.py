"""The command ``workbook manifest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)


@app.command()
def manifest(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER|FILE]...", help="Default: all of docker/kubernetes.")
    ] = None,
) -> None:
    """Build Kubernetes manifests, and check them against the schemas and the course's own rules. Needs no cluster.

    Exit status 1 if there is a problem. The first time it gets kubectl and the schemas, 170 MB, into work/kubernetes.

    Example: workbook manifest docker/kubernetes/overlays/canary
    """
    from workbook.kubernetes.build import folders_in
    from workbook.kubernetes.check import check
    from workbook.paths import course_folder
    from workbook.setup.layer import KUBERNETES, ensure

    course = course_folder()
    python = ensure(course, console, KUBERNETES)
    checked = check(places or folders_in(course / "docker" / "kubernetes"), python)
    for one in checked:
        for problem in one.problems:
            console.print(f"[red]{escape(str(problem))}[/]")
        place = one.place.relative_to(course) if one.place.is_relative_to(course) else one.place
        console.print(f"{escape(str(place))}: objects: {len(one.objects)}; problems: {len(one.problems)}")
    raise typer.Exit(1 if any(one.problems for one in checked) else 0)
