"""The checks of the four contracts: the reference passes them, and each faulty server fails those of its fault."""

from __future__ import annotations

import json
import re

import pytest
from rich.console import Console

from server.production.app import production_app
from server.production.protocols import platforms
from tests.conftest import ROOT, over_http
from tests.workbook.contracts import faulty
from tests.workbook.contracts.another import adder
from tests.workbook.contracts.faulty import FAULTS
from tests.workbook.test_cli import workbook
from workbook.choosing.claims import read_claims
from workbook.contracts import azure, commands, google, sagemaker
from workbook.contracts.catalog import CONTRACTS
from workbook.contracts.checks import State, examine
from workbook.contracts.report import show
from workbook.contracts.subject import Subject
from workbook.errors import UserError

ROUTES = {google.HEALTH: "/health", google.PREDICT: faulty.PREDICT}
PATIENT = 60  # seconds, on a machine that has much else to do


@pytest.fixture(scope="module")
def everywhere():
    """The reference as it is on each of the platforms at once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"SERVER_MODEL": "clothes", platforms.SAGEMAKER: "1", **ROUTES}.items():
            patch.setenv(name, value)
        app = production_app()
    return app.wsgi_app


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(sagemaker, "PING_SECONDS", PATIENT)
    monkeypatch.setattr(google, "HEALTH_SECONDS", PATIENT)
    monkeypatch.setattr(azure, "PROBE_SECONDS", PATIENT)
    return monkeypatch


def examined(name: str, url: str, **more: object) -> dict[str, State]:
    """What each check says of the server at ``url``."""
    paths = {**ROUTES, **azure.routes_in(ROOT / commands.DEPLOYMENT)[1]}
    findings = examine(CONTRACTS[name], Subject(url, routes=paths, **more))
    return {finding.check.name: finding.state for finding in findings}


def not_kept(findings: dict[str, State]) -> set[str]:
    return {name for name, state in findings.items() if state is State.NOT_KEPT}


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_reference_keeps_each_contract(patient, everywhere, name):
    with over_http(everywhere) as url:
        assert not_kept(examined(name, url)) == set()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_server_is_found_by_the_checks_of_its_fault_and_no_others(patient, everywhere, fault):
    if fault is FAULTS["ping is slow"]:
        patient.setattr(sagemaker, "PING_SECONDS", 0.2)
    faulty.released.clear()
    with over_http(fault.layer(everywhere)) as url:
        found = examined(fault.contract, url)
        faulty.released.set()
    assert not_kept(found) == fault.found


def test_a_server_of_another_model_keeps_v2():
    with over_http(adder()) as url:
        assert not_kept(examined("v2", url, model="adder")) == set()


def test_a_request_of_ones_own_takes_the_place_of_the_courses(everywhere):
    with over_http(everywhere) as url:
        bad = examined("sagemaker", url, body={"pixels": []})
        good = examined("sagemaker", url, body={"images": [[[7] * 28] * 28]})
    assert not_kept(bad) == {"invocations", "headers-ignored", "body-large"}
    assert not_kept(good) == set()


def test_a_server_with_none_of_the_routes_is_told_what_each_lacks(app):
    with over_http(app) as url:
        found = examined("sagemaker", url)
    assert State.KEPT not in found.values()
    assert found["root"] is found["stops"] is State.NOT_TRIED


def test_the_command_says_what_was_seen_and_what_to_do_and_ends_with_1(everywhere, tmp_path):
    (tmp_path / "request.json").write_text(json.dumps({"images": [[[7] * 28] * 28]}), encoding="utf-8")
    with over_http(FAULTS["ping says ok"].layer(everywhere)) as url:
        done = workbook("contract", "sagemaker", "--url", url, "--body", str(tmp_path / "request.json"))
    assert done.returncode == 1, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[1].startswith("NOT KEPT   ping")
    assert lines[2:4] == ["seen: a body: 'ok'", "do:   add the route; do nothing slow in it"]
    assert lines[-1].startswith("4 kept, 1 not kept, 2 not tried. It is written at https://docs.aws.amazon.com/")


def test_a_stated_exception_is_shown_and_costs_nothing(everywhere):
    console = Console(record=True, width=200, quiet=True)
    with over_http(FAULTS["ping says ok"].layer(everywhere)) as url:
        findings = examine(CONTRACTS["sagemaker"], Subject(url), excepted=["ping"])
    assert show(CONTRACTS["sagemaker"], findings, console)
    assert findings[0].state is State.EXCEPTED and findings[0].seen == "a body: 'ok'"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "name one server: --url"),
        ({"url": "http://127.0.0.1:1", "image": "x"}, "name one server: --url"),
        ({"url": "127.0.0.1:8000"}, "is not an address; expected one such as"),
        ({"url": "http://127.0.0.1:1"}, "nothing answers at http://127.0.0.1:1"),
        ({"url": "http://127.0.0.1:1", "excepted": ["rot"]}, "v2 has no check rot; there is live, ready"),
        ({"url": "http://127.0.0.1:1", "body": ROOT / "README.md"}, "README.md is no request"),
        ({"url": "http://127.0.0.1:1", "routes": ROOT / "README.md"}, "--routes is for azure"),
    ],
)
def test_what_cannot_be_looked_at_is_said_in_one_line(options, says):
    with pytest.raises(UserError, match=says):
        commands.contract(commands.Name.V2, **options)


@pytest.mark.parametrize(
    ("tool", "limit"),
    [
        ("sagemaker", f"within {sagemaker.ANSWER_SECONDS} seconds and `GET /ping` within {sagemaker.PING_SECONDS};"),
        ("sagemaker", f"at most {sagemaker.MOST_BYTES:,} bytes"),
        ("google", f"at most {google.MOST_BYTES / 1e6} MB"),
    ],
)
def test_the_limits_that_the_checks_use_are_those_that_were_read(tool, limit):
    (claims,) = (one.claims for one in read_claims() if one.key == tool)
    assert [claim.text for claim in claims if limit in claim.text]


def test_limits_are_said_in_the_table_of_claims_and_not_in_prose():
    page = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    said = re.findall(r"6,291,456|250 milliseconds|May 2025|Read in|aws\.amazon|cloud\.google|learn\.microsoft", page)
    assert said == [] and "_parts/contracts.md" in page


def test_without_an_engine_an_image_cannot_be_looked_at(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(UserError, match="no Docker engine answers: start one, or name a server that runs by --url"):
        commands.contract(commands.Name.V2, image="workbook-server")


@pytest.mark.parametrize(
    "text",
    [
        "inference_config: {liveness_route: {port: 1, path: /a}}",
        "inference_config: {R}".replace(
            "R", ", ".join(f"{r}: {{port: {n}, path: /}}" for n, r in enumerate(azure.ROUTES))
        ),
        "[1]",
        "a: [",
    ],
    ids=["one route", "several ports", "a list", "no YAML"],
)
def test_a_deployment_that_azure_would_refuse_is_refused(tmp_path, text):
    file = tmp_path / "deployment.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(
        UserError, match="expected inference_config with liveness_route, readiness_route, scoring_route"
    ):
        azure.routes_in(file)


def test_a_deployment_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.yaml cannot be read"):
        azure.routes_in(tmp_path / "none.yaml")
