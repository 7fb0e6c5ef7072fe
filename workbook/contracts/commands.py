"""The subcommand for contracts: looks at a server or an image, and says what it does not keep."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console

from workbook.errors import UserError

if TYPE_CHECKING:
    from workbook.contracts.checks import Contract, Finding
    from workbook.contracts.subject import Subject

app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)
DEPLOYMENT = Path("docker") / "clouds" / "azure_deployment.yaml"
CONNECT_SECONDS = 5


class Name(StrEnum):
    V2 = "v2"
    SAGEMAKER = "sagemaker"
    GOOGLE = "google"
    AZURE = "azure"


@app.command()
def contract(  # noqa: PLR0913, PLR0917  one argument for each option
    name: Annotated[Name, typer.Argument(help="Whose contract.")],
    url: Annotated[str | None, typer.Option(metavar="URL", help="A server that runs.")] = None,
    image: Annotated[str | None, typer.Option(metavar="NAME", help="An image, started as the platform would.")] = None,
    body: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A request of your server, as JSON; default: the course's.")
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="The model that V2 asks for.")] = "clothes",
    routes: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"The deployment for Azure; default: {DEPLOYMENT.as_posix()}.")
    ] = None,
    excepted: Annotated[
        list[str] | None, typer.Option("--except", metavar="CHECK", help="A stated exception; may be repeated.")
    ] = None,
) -> None:
    """Say what a server does not keep of a contract: the Open Inference Protocol's, SageMaker's, Vertex AI's, Azure's.

    No account is needed, and nothing leaves this machine. Exit status 1 if something is not kept.

    Example: workbook contract v2 --url http://127.0.0.1:8000
    """
    from workbook.contracts.catalog import CONTRACTS
    from workbook.contracts.checks import examine
    from workbook.contracts.report import show
    from workbook.contracts.subject import Subject

    if bool(url) == bool(image):
        raise UserError("name one server: --url http://127.0.0.1:8000, or --image workbook-server")
    chosen, paths = _for_these_routes(name, CONTRACTS[name], routes)
    if unknown := set(excepted or []) - {check.name for check in chosen.checks}:
        there = ", ".join(check.name for check in chosen.checks)
        raise UserError(f"{name} has no check {min(unknown)}; there is {there}")
    subject = Subject((url or "").rstrip("/"), model, body and _request_in(body), paths)
    if image:
        findings = _examine_image(chosen, subject, image, excepted or [])
    else:
        _check_address(subject.url)
        findings = examine(chosen, subject, excepted or [])
    raise typer.Exit(0 if show(chosen, findings, console) else 1)


def _for_these_routes(name: Name, chosen: Contract, file: Path | None) -> tuple[Contract, dict[str, str]]:
    """The contract, and the paths that it leaves to whoever deploys."""
    from workbook.contracts import azure, google
    from workbook.servers.containers import SOURCE

    if file and name is not Name.AZURE:
        raise UserError(f"--routes is for azure; for google, set {google.HEALTH} and {google.PREDICT}")
    if name is Name.AZURE:
        port, paths = azure.routes_in(file or SOURCE / DEPLOYMENT)
        return replace(chosen, launch=replace(chosen.launch, port=port, ready=paths[azure.READY])), paths
    if name is Name.GOOGLE:
        paths = {route: os.environ.get(route) or default for route, default in google.ROUTES.items()}
        environment = {**chosen.launch.environment, **paths}
        return replace(
            chosen, launch=replace(chosen.launch, ready=paths[google.HEALTH], environment=environment)
        ), paths
    return chosen, {}


def _examine_image(chosen: Contract, subject: Subject, image: str, excepted: list[str]) -> list[Finding]:
    from workbook.contracts.checks import examine
    from workbook.contracts.container import launched
    from workbook.contracts.subject import NotKept

    with console.status(f"{image} starts as {chosen.title} would start it"):
        try:
            with launched(image, chosen.launch) as (container, url):
                return examine(chosen, replace(subject, url=url, container=container), excepted)
        except NotKept as seen:
            raise UserError(f"{image} does not start as {chosen.title} starts it: {seen}") from seen


def _check_address(url: str) -> None:
    """Raise ``UserError`` if nothing listens there: then no check would say more."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"{url} is not an address; expected one such as http://127.0.0.1:8000")
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        socket.create_connection((parts.hostname, port), CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise UserError(f"nothing answers at {url} ({error}): start the server, for instance workbook serve") from error


def _request_in(file: Path) -> dict:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is no request ({error}): expected a file with a JSON object") from error
    if not isinstance(content, dict):
        raise UserError(f"{file} is no request: expected a JSON object in it")
    return content
