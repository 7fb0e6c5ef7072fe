"""`workbook contract --image` on a real engine: the server's image keeps the four contracts, broken ones are told."""

from __future__ import annotations

import io
import signal

import pytest
import typer

from workbook.contracts import container, sagemaker
from workbook.contracts.commands import Name, contract
from workbook.errors import UserError

# A shell in between keeps the signal and whatever the platform says: no `serve`, no port of Google's.
SHELL = b"""FROM workbook-server
USER root
ENTRYPOINT ["sh", "-c", "python -m server --host 0.0.0.0 --port 8080 --models /models --workers 1; true"]
"""


@pytest.fixture(scope="module")
def shell(engine, server_image) -> str:
    return engine.images.build(fileobj=io.BytesIO(SHELL), rm=True)[0].id


@pytest.fixture(scope="module")
def bare(engine) -> str:
    """Python and no server, under a name that no other test uses."""
    name = "workbook-bare"
    engine.images.get("python:3.11-slim").tag(name)
    return name


def left_of(engine, image: str) -> list[str]:
    """The containers of an image that are still there."""
    there = engine.containers.list(all=True, ignore_removed=True)  # other tests remove theirs meanwhile
    return [one.name for one in there if one.attrs["Config"]["Image"] == image]


def looked_at(capsys, name: Name, image: str, excepted: list[str] | None = None) -> tuple[int, dict[str, str]]:
    """The exit status of the command, and the state of each check."""
    with pytest.raises(typer.Exit) as ended:
        contract(name, image=image, excepted=excepted)
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()[1:-1] if line[0] != " "]
    return ended.value.exit_code, {[*filter(None, line)][1].strip(): line[0].strip() for line in lines}


@pytest.mark.docker
@pytest.mark.parametrize("name", Name)
def test_the_servers_image_keeps_each_contract_started_as_the_platform_starts_it(capsys, server_image, name):
    stated = ["root"] if name is Name.SAGEMAKER else []
    status, states = looked_at(capsys, name, "workbook-server", stated)
    assert (status, {check for check, state in states.items() if state != "kept"}) == (0, {*stated})
    assert len(states) >= 4


@pytest.mark.docker
def test_an_image_with_a_shell_for_an_entry_point_is_told_all_that_it_loses(engine, capsys, monkeypatch, shell):
    monkeypatch.setattr(sagemaker, "STOP_SECONDS", 1)
    status, states = looked_at(capsys, Name.SAGEMAKER, shell)
    assert (status, {check for check, state in states.items() if state == "kept"}) == (1, {"root"})
    monkeypatch.setattr(container, "START_SECONDS", 2)
    with pytest.raises(UserError, match=r"no 200 at port 8085, .*, within 2 s; inside, it must listen at 0\.0"):
        contract(Name.GOOGLE, image=shell)
    assert left_of(engine, shell) == []


@pytest.mark.docker
@pytest.mark.parametrize(
    ("name", "image", "told"),
    [
        (Name.SAGEMAKER, "workbook-bare", 'does not start as Amazon SageMaker.* starts it: .*"serve"'),
        (Name.GOOGLE, "workbook-bare", "it ended, with exit status 0: it printed nothing"),
        (Name.V2, "workbook-bare", "which port is to be asked.* there is none"),
        (Name.V2, "workbook-nothing", "there is no image workbook-nothing here"),
        (Name.V2, "Workbook", "Workbook is not the name of an image: .*lowercase"),
    ],
)
def test_an_image_that_cannot_be_asked_is_told_in_one_line(engine, bare, name, image, told):
    with pytest.raises(UserError, match=told) as error:
        contract(name, image=image)
    assert "\n" not in str(error.value)
    assert left_of(engine, image) == []


@pytest.mark.docker
def test_who_ends_it_leaves_no_container(engine, server_image, monkeypatch):
    """Also by SIGTERM, as a CI job is ended."""
    name = "workbook-ended"  # containers of the server's own name belong to other tests, too
    engine.images.get("workbook-server").tag(name)
    monkeypatch.setattr(container, "_answers", lambda url: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        contract(Name.V2, image=name)
    assert left_of(engine, name) == []
