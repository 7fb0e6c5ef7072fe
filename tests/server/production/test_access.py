"""Bearer tokens: who is let in, who is not, how often, and what the log says of it."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from server.production.access import Users
from server.production.app import production_app

TOKEN = "a-token-of-the-tests-1"
OTHER = "a-token-of-the-tests-2"
IMAGE = {"image": [[0, 9] * 14] * 28}
CLOTHES = "/models/clothes/v1"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The environment of a server with two tokens, each good for three requests an hour."""
    file = tmp_path / "tokens"
    file.write_text(f"{TOKEN}\n\n{OTHER}\n")
    monkeypatch.setenv("SERVER_TOKENS_FILE", str(file))
    monkeypatch.setenv("SERVER_RATE_LIMIT", "3/hour")
    return file


@pytest.fixture
def client(settings):
    return production_app(users=Users.from_environment()).test_client()


def ask(client, authorization: str | None):
    headers = {"Authorization": authorization} if authorization else {}
    return client.post(CLOTHES, json=IMAGE, headers=headers)


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer {OTHER}", f"Bearer  {TOKEN} "])
def test_a_token_of_the_file_is_let_in(client, authorization):
    assert ask(client, authorization).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer ÿþ"],
)
def test_anything_else_is_401_and_says_what_is_missing(client, authorization):
    response = ask(client, authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "Authorization: Bearer" in response.json["error"]


@pytest.mark.parametrize("method", ["post", "Post", "PUT", "QUERY"])
def test_whatever_a_method_is_called_it_needs_a_token(client, method):
    """Flask reads the first two as POST."""
    assert client.open(CLOTHES, method=method, json=IMAGE).status_code == 401


def test_what_is_no_inference_stays_open(client):
    for path in ("/", "/models", CLOTHES, "/healthz", "/readyz", "/metrics"):
        assert client.get(path).status_code == 200, path


def test_each_token_has_its_own_limit(client):
    statuses = [ask(client, f"Bearer {TOKEN}").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert ask(client, f"Bearer {OTHER}").status_code == 200


def test_too_many_requests_says_when_to_come_back(client):
    for _ in range(3):
        ask(client, f"Bearer {TOKEN}")
    response = ask(client, f"Bearer {TOKEN}")
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert response.headers["Retry-After"] in response.json["error"]


def test_no_token_gets_into_the_log(settings):
    log = io.BytesIO()
    client = production_app(log=log, users=Users.from_environment()).test_client()
    ask(client, f"Bearer {TOKEN}")
    ask(client, f"Bearer {TOKEN}x")
    client.post(f"{CLOTHES}?token={TOKEN}", json=IMAGE)
    assert log.getvalue().count(b"\n") == 3
    assert b"a-token-of" not in log.getvalue()
    assert TOKEN not in repr(Users.from_environment())


def test_without_a_file_everybody_may(monkeypatch):
    monkeypatch.delenv("SERVER_TOKENS_FILE", raising=False)
    monkeypatch.setenv("SERVER_RATE_LIMIT", "")
    assert Users.from_environment() is None
    monkeypatch.setenv("SERVER_RATE_LIMIT", "3/hour")
    with pytest.raises(ValueError, match="name a file in SERVER_TOKENS_FILE, too"):
        Users.from_environment()


@pytest.mark.parametrize(
    ("content", "rate", "says"),
    [
        ("", "3/hour", "has no token"),
        ("short\n", "3/hour", "fewer than 16 characters"),
        (f"{TOKEN}\nshort\n", "3/hour", "line 2"),
        (TOKEN, "often", "SERVER_RATE_LIMIT='often' is not a limit"),
        (TOKEN, "0/minute", "SERVER_RATE_LIMIT='0/minute' is not a limit"),
        (TOKEN, "5/second; 9/minute", "SERVER_RATE_LIMIT='5/second; 9/minute' is not a limit"),
        ("ein-schlüssel-mit-umlaut", "3/hour", "line 1 of"),
        ("two tokens, in one line", "3/hour", "is not a token"),
        (TOKEN.encode("utf-16"), "3/hour", "is not UTF-8 text"),
        (None, "3/hour", "cannot read"),
    ],
)
def test_settings_that_cannot_be_used_end_the_start_with_one_line(settings, content, rate, says):
    settings.unlink()
    if content is not None:
        settings.write_bytes(content if isinstance(content, bytes) else content.encode())
    command = [sys.executable, "-m", "workbook", "serve", "--port", "0"]
    environment = {**os.environ, "SERVER_RATE_LIMIT": rate}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "schl" not in done.stderr
    assert " or SERVER_" not in done.stderr, "it names the setting that is wrong"


def test_an_origin_that_is_none_ends_the_start_with_one_line(monkeypatch):
    monkeypatch.setenv("SERVER_CORS_ORIGINS", "localhost:3000")
    for module in ("workbook serve", "server"):
        command = [sys.executable, "-m", *module.split(), "--port", "0"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert "SERVER_CORS_ORIGINS: 'localhost:3000' is not an origin" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_byte_order_mark_belongs_to_no_token(settings):
    settings.write_bytes(b"\xef\xbb\xbf" + TOKEN.encode())
    assert ask(production_app(users=Users.from_environment()).test_client(), f"Bearer {TOKEN}").status_code == 200
