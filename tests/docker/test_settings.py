"""The compose file as it is written; and settings before the command: they are used, or the start is refused."""

from __future__ import annotations

import secrets

import pytest
import requests
import yaml

from tests.conftest import ROOT
from tests.docker.conftest import wait_until
from tests.docker.lab import Lab
from workbook.servers.model_server import OFFICIAL_IMAGE

FILE = ROOT / "docker" / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text())


def test_says_what_the_issue_asks_of_every_service():
    for name, service in COMPOSE["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["cap_drop"] == ["ALL"], name
        assert {"mem_limit", "cpus", "pids_limit"} <= set(service), name
        assert all("size=" in place for place in service.get("tmpfs", [])), name
        # What asks nobody for a token is never opened to the network.
        address = "${LISTEN_ON:-127.0.0.1}:" if name in ("server", "jupyter") else "127.0.0.1:"
        assert all(port.startswith(address) for port in service.get("ports", [])), name
    assert COMPOSE["services"]["tfserving"]["image"] == f"${{TFSERVING_IMAGE:-{OFFICIAL_IMAGE}}}"


def test_neither_the_file_nor_its_settings_hold_a_secret():
    text = FILE.read_text() + (FILE.parent / ".env").read_text()
    assert "JUPYTER_TOKEN=${JUPYTER_TOKEN:-}" in text
    assert "password" not in text.lower()


@pytest.mark.docker
def test_tokens_that_are_asked_for_are_used_or_the_start_is_refused(engine, server_image, tmp_path):
    tokens = tmp_path / "tokens"
    small = Lab(engine)
    small.environment |= {"COMPOSE_PROFILES": "none", "SERVER_TOKENS_FILE": str(tokens)}
    try:
        good = secrets.token_hex(16)
        tokens.write_text(good)
        small.up()
        url, body = small.url("server", 8000) + "/models/clothes/v1", {"image": [[0] * 28] * 28}
        assert requests.post(url, json=body, timeout=30).status_code == 401
        header = {"Authorization": f"Bearer {good}"}
        assert requests.post(url, json=body, headers=header, timeout=30).status_code == 200
        tokens.write_text("short")
        small.compose("restart", "server")
        wait_until(lambda: "fewer than 16 characters" in small.compose("logs", "server"), "why it does not start")
    finally:
        small.down()


@pytest.mark.docker
def test_with_a_range_of_ports_there_may_be_two_servers(engine, server_image):
    small = Lab(engine)
    try:
        small.compose("up", "--detach", "--scale", "server=2", COMPOSE_PROFILES="none", SERVER_PORT="18000-18099")
        found = engine.containers.list(filters={"label": f"com.docker.compose.project={small.project}"})
        assert len(found) == 2
    finally:
        small.down()
