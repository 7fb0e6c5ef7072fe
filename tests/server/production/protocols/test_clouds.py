"""The routes of the two clouds: there if the server is told that it runs there, with the same answers as its own."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from server.production.app import production_app
from server.production.protocols import platforms, sagemaker
from server.production.settings import check_settings

IMAGES = np.random.default_rng(3).integers(0, 256, (2, 28, 28)).tolist()
HEALTH, PREDICT = "/v1/endpoints/1/deployedModels/2", "/v1/endpoints/1/deployedModels/2:predict"


@pytest.fixture
def clouds(monkeypatch):
    """The environment of a container on both clouds, with one model to answer."""
    for name, value in {
        "SERVER_MODEL": "clothes",
        platforms.SAGEMAKER: "1",
        "AIP_HTTP_PORT": "9090",
        "AIP_HEALTH_ROUTE": HEALTH,
        "AIP_PREDICT_ROUTE": PREDICT,
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def client(clouds):
    return production_app().test_client()


@pytest.fixture
def own(client) -> dict:
    """What the server's own route answers."""
    return client.post("/models/clothes/v2", json={"images": IMAGES}).json


def test_sagemaker_gets_an_empty_200_and_what_the_own_route_answers(client, own):
    ping = client.get("/ping")
    assert (ping.status_code, ping.data) == (200, b"")
    assert client.post("/invocations", json={"images": IMAGES}).json == own
    picture = BytesIO()
    Image.fromarray(np.array(IMAGES[0], np.uint8)).save(picture, "PNG")
    assert client.post("/invocations", data=picture.getvalue(), content_type="image/png").json.keys() == own.keys()


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"image": rows}], ids=["rows", "objects"])
def test_google_gets_a_prediction_for_each_instance(client, own, wrap):
    assert client.get(HEALTH).status_code == 200
    answer = client.post(PREDICT, json={"instances": [wrap(rows) for rows in IMAGES], "parameters": {}}).json
    assert [one["label"] for one in answer["predictions"]] == own["labels"]
    assert [one["scores"] for one in answer["predictions"]] == own["result"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, '"instances", a list'),
        ({"instances": {}}, '"instances", a list'),
        ({"instances": []}, "there is no image"),
        ({"instances": [{"b64": "AAAA"}]}, "expected 28 rows"),
        ({"instances": [IMAGES[0], None]}, "expected 28 rows"),
        ({"instances": [0] * 1025}, "more than 1,024 images"),
    ],
)
def test_what_google_cannot_have_meant_is_400(client, body, says):
    answer = client.post(PREDICT, json=body)
    assert answer.status_code == 400 and says in answer.json["error"]


def test_without_their_environment_there_are_no_routes_of_clouds(app):
    assert app.test_client().get("/ping").status_code == 404
    assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("sagemaker", "google"))]


@pytest.mark.parametrize("setting", ["", "hats"])
def test_a_server_that_cannot_tell_which_model_is_meant_is_not_healthy(clouds, setting):
    clouds.setenv("SERVER_MODEL", setting)
    client = production_app().test_client()
    for answer in (client.get("/ping"), client.get(HEALTH)):
        assert answer.status_code == 503 and "there is clothes" in answer.json["error"]
    assert client.post("/invocations", json={"images": IMAGES}).status_code == 404


@pytest.mark.parametrize(
    ("name", "value"), [("AIP_HEALTH_ROUTE", ""), ("AIP_PREDICT_ROUTE", "predict"), ("AIP_PREDICT_ROUTE", "/<x>")]
)
def test_a_route_that_is_none_is_said_before_the_server_starts(clouds, name, value):
    clouds.setenv(name, value)
    with pytest.raises(ValueError, match=f"{name}='{value}' is not a route; set AIP_HEALTH_ROUTE and AIP_PREDICT_ROU"):
        check_settings()


def test_the_port_is_the_one_that_the_cloud_asks_for(clouds):
    assert platforms.port_of_the_platform(8000) == sagemaker.PORT == 8080
    clouds.delenv(platforms.SAGEMAKER)
    assert platforms.port_of_the_platform(8000) == 9090
    clouds.setenv("AIP_HTTP_PORT", "http")
    with pytest.raises(ValueError, match="AIP_HTTP_PORT='http' is not a port"):
        platforms.port_of_the_platform(8000)
    clouds.delenv("AIP_HTTP_PORT")
    assert platforms.port_of_the_platform(8000) == 8000


@pytest.mark.parametrize("filled", [True, False])
def test_on_sagemaker_the_models_are_those_that_it_has_unpacked_if_there_are_any(monkeypatch, tmp_path, filled):
    monkeypatch.setattr(sagemaker, "MODELS", tmp_path)
    monkeypatch.setenv(platforms.SAGEMAKER, "")
    if filled:
        (tmp_path / "clothes").mkdir()
    assert platforms.start_on_sagemaker(Path("models")) == (tmp_path if filled else Path("models"))
    assert platforms.port_of_the_platform(8000) == 8080
