"""The server's image as each platform starts it: one image, four contracts, and one stated exception."""

from __future__ import annotations

import pytest
import typer

from workbook.contracts import commands
from workbook.contracts.catalog import CONTRACTS
from workbook.errors import UserError


@pytest.mark.docker
@pytest.mark.parametrize("name", CONTRACTS)
def test_the_image_keeps_the_contract_as_the_platform_would_start_it(server_image, name, capsys):
    excepted = ["root"] if name == "sagemaker" else []
    with pytest.raises(typer.Exit) as ended:
        commands.contract(commands.Name(name), image="workbook-server", excepted=excepted)
    printed = capsys.readouterr().out
    assert ended.value.exit_code == 0, printed
    assert "not tried" not in printed
    assert ("seen: the image runs as 10001" in printed) == (name == "sagemaker")


@pytest.mark.docker
def test_an_image_that_does_not_know_the_word_serve_is_told_from_one_that_is_not_there(engine, server_image):
    plain = "python:3.11-slim"  # of which the server's image is made
    with pytest.raises(UserError, match=r"python:3\.11-slim does not start as Amazon SageMaker"):
        commands.contract(commands.Name.SAGEMAKER, image=plain)
    with pytest.raises(UserError, match="there is no image no-such-image here: build it"):
        commands.contract(commands.Name.V2, image="no-such-image")
