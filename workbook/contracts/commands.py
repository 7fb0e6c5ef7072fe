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
ANSWER_SECONDS = 20


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
    subject = Subject((url or "").rstrip("/"), model, body and _request_in(body, name), paths)
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
    from workbook.servers.interrupts import interrupted_once

    with interrupted_once(), console.status(f"{image} starts as {chosen.title} would start it"):
        try:
            with launched(image, chosen.launch) as (container, url):
                return examine(chosen, replace(subject, url=url, container=container), excepted)
        except NotKept as seen:
            raise UserError(f"{image} does not start as {chosen.title} starts it: {seen}") from seen


def _check_address(url: str) -> None:
    """Raise ``UserError`` unless an HTTP server answers there, whatever it says; or no check would say more."""
    expected = "expected one such as http://127.0.0.1:8000"
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        if port is None or not parts.hostname:
            raise UserError(f"{url} is not an address; {expected}")
        if parts.query or parts.fragment:
            raise UserError(f"{url} has something behind it that no route can be added to; {expected}")
        socket.create_connection((parts.hostname, port), CONNECT_SECONDS).close()
    except ValueError as error:
        raise UserError(f"{url} is not an address ({error}); {expected}") from error
    except OSError as error:
        raise UserError(f"nothing answers at {url} ({error}): start the server, for instance workbook serve") from error
    _check_http(url)


def _check_http(url: str) -> None:
    import requests

    try:
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{url}/", timeout=ANSWER_SECONDS, allow_redirects=False, stream=True).close()
    except requests.exceptions.SSLError as error:
        raise UserError(f"{url} shows no certificate that this machine trusts ({_innermost(error)})") from error
    except requests.Timeout as error:
        raise UserError(f"{url} takes a connection and does not answer within {ANSWER_SECONDS} s") from error
    except requests.RequestException as error:
        told = f"something listens at {url} and does not answer as an HTTP server ({_innermost(error)})"
        raise UserError(f"{told}: is it another port, or https?") from error


def _innermost(error: BaseException) -> str:
    while error.__context__:
        error = error.__context__
    return ascii(str(error)).strip("'\"")[:100] or type(error).__name__


def _request_in(file: Path, name: Name) -> dict:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{file} is no request ({error}): expected a file with a JSON object") from error
    if not isinstance(content, dict):
        raise UserError(f"{file} is no request: expected a JSON object in it")
    if fault := _fault_in(content, name):
        raise UserError(f"{file} is no request that {name} can be asked by: {fault}")
    return content


def _fault_in(content: dict, name: Name) -> str:
    """Why no check can be made with this request; nothing if there is no reason."""
    from workbook.contracts.open_inference import fault_of

    if name is Name.GOOGLE and "instances" in content:
        sound = isinstance(content["instances"], list) and content["instances"]
        return "" if sound else 'expected in "instances" a list with an example'
    if name is not Name.V2:
        return ""
    tensors = content.get("inputs")
    if not isinstance(tensors, list) or not tensors:
        return 'expected in "inputs" a list of tensors'
    faults = [fault_of(one) or ("" if "data" in one else f'{one["name"]:.40} has no "data"') for one in tensors]
    return next(filter(None, faults), "")
