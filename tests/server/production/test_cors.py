"""Pages of other origins may read the answers where the operator says so, and nowhere else."""

from __future__ import annotations

import pytest

from server.production.access import Users
from server.production.app import production_app
from server.production.cors import origins_from_environment

PAGE = "http://localhost:3000"
CLOTHES = "/models/clothes/v1"
IMAGE = {"image": [[0, 9] * 14] * 28}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,authorization"}


@pytest.fixture
def client_for(monkeypatch, tmp_path):
    def make(origins: str):
        monkeypatch.setenv("SERVER_CORS_ORIGINS", origins)
        monkeypatch.setenv("SERVER_TOKENS_FILE", str(tmp_path / "tokens"))
        (tmp_path / "tokens").write_text("a-token-of-the-tests-1")
        return production_app(users=Users.from_environment()).test_client()

    return make


@pytest.mark.parametrize("origins", [PAGE, f"https://shop.example  {PAGE}", "*"])
def test_a_page_that_is_named_may_ask_and_read(client_for, origins):
    client = client_for(origins)
    asked = client.options(CLOTHES, headers={"Origin": PAGE, **PREFLIGHT})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    token = {"Authorization": "Bearer a-token-of-the-tests-1"}
    for headers, status in ((token, 200), ({}, 401)):  # an error, too, is to be read
        answer = client.post(CLOTHES, json=IMAGE, headers={"Origin": PAGE, **headers})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, PAGE)
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origins", ["", "https://shop.example", "http://localhost:30"])
def test_any_other_may_not(client_for, origins):
    client = client_for(origins)
    for answer in (
        client.options(CLOTHES, headers={"Origin": PAGE, **PREFLIGHT}),
        client.get(CLOTHES, headers={"Origin": PAGE}),
        client.get(CLOTHES),
    ):
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


@pytest.mark.parametrize("origins", ["localhost:3000", f"{PAGE}/", "http://", f"{PAGE},https://shop.example", "null"])
def test_what_is_no_origin_is_refused_with_an_example(monkeypatch, origins):
    monkeypatch.setenv("SERVER_CORS_ORIGINS", origins)
    with pytest.raises(ValueError, match="is not an origin; expected one like http://localhost:3000"):
        origins_from_environment()
