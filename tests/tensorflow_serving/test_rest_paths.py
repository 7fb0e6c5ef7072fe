"""REST: which paths and methods there are, and what the transport allows. Cases R01 to R36 and R50 to R53."""

from __future__ import annotations

import gzip
import http.client
import json

import pytest

from tests.tensorflow_serving.running import numbered

PREDICT = "/v1/models/default:predict"
ROWS = {"instances": [1.0]}

# number, method, path, status, what the error (or, below 300, the body) contains
CASES = [
    ("R01", "POST", PREDICT, 200, "predictions"),
    ("R02", "POST", "/v1/models/default/versions/123:predict", 200, "predictions"),
    ("R03", "POST", "/v1/models/default/labels/stable:predict", 200, "predictions"),
    ("R04", "GET", "/v1/models/default", 200, "model_version_status"),
    ("R05", "GET", "/v1/models/default/versions/123", 200, "model_version_status"),
    ("R06", "GET", "/v1/models/default/labels/stable", 200, "model_version_status"),
    ("R07", "GET", "/v1/models/default/metadata", 200, "metadata"),
    ("R08", "GET", "/v1/models/default/versions/123/metadata", 200, "metadata"),
    ("R09", "GET", "/v1/models/default/labels/stable/metadata", 200, "metadata"),
    ("R10", "GET", "/v1/models", 400, "Missing model name in request."),
    ("R11", "GET", PREDICT, 400, f"Malformed request: GET {PREDICT}"),
    ("R12", "POST", "/v1/models/default", 400, "Malformed request: POST /v1/models/default"),
    ("R13", "PUT", PREDICT, 400, f"Malformed request: PUT {PREDICT}"),
    ("R14", "DELETE", "/v1/models/default", 400, "Malformed request: DELETE /v1/models/default"),
    ("R15", "POST", "/v1/models/default:explain", 400, "Malformed request: POST /v1/models/default:explain"),
    ("R16", "POST", "/v1/models/default/versions/x:predict", 400, "Malformed request: POST"),
    ("R17", "POST", "/v1/models/default/versions/-1:predict", 400, "Malformed request: POST"),
    ("R18", "GET", "/v1/", 400, "Malformed request: GET /v1/"),
    ("R19", "GET", "/v1/models/default/", 400, "Malformed request: GET /v1/models/default/"),
    ("R20", "POST", "/v1/models/default/versions/1/labels/x:predict", 400, "Malformed request: POST"),
    ("R21", "GET", "/", 404, ""),
    ("R22", "GET", "/v1", 404, ""),
    ("R23", "GET", "/healthz", 404, ""),
    ("R24", "GET", "/v2/models/default", 404, ""),
    (
        "R25",
        "POST",
        f"/v1/models/default/versions/{2**63}:predict",
        400,
        f"Failed to convert version: {2**63} to numeric.",
    ),
    ("R26", "GET", "/v1/models/default/versions/" + "9" * 5000, 400, "to numeric."),
    ("R27", "POST", "/v1/models/a%20b:predict", 200, "predictions"),
    ("R28", "POST", "/v1/models/default/labels/can%20ary:predict", 200, "predictions"),
    ("R29", "GET", "/v1/models/default%2Fmetadata", 404, "Could not find any versions of model default/metadata"),
    ("R30", "GET", "/v1/models/default%3Apredict", 404, "Could not find any versions of model default:predict"),
    ("R31", "GET", "/v1/models/default/metadata?a=1", 400, "Malformed request: GET /v1/models/default/metadata?a=1"),
    ("R32", "POST", PREDICT + "?alt=json", 400, f"Malformed request: POST {PREDICT}?alt=json"),
    ("R50", "GET", "/v1/models/default?a=1", 404, "Could not find any versions of model default?a=1"),
    ("R51", "GET", "/v1/models/default/versions/123?a=1", 400, "Malformed request: GET"),
    ("R52", "GET", "/?/v1/models/default", 404, ""),
]


@pytest.mark.parametrize(("method", "path", "status", "text"), numbered(CASES))
def test_path(serving, method, path, status, text):
    response = serving.http.request(method, serving.url + path, data=json.dumps(ROWS), timeout=30)
    assert response.status_code == status, response.text
    if status != 404 or text:
        assert response.headers["Content-Type"] == "application/json"
        body = response.json()
        assert text in (body["error"] if status >= 300 else body)


# Origin, status
OPTIONS = [("http://a", 200), ("https://a", 200), ("x http://a", 200), ("ftp://a", 400), ("null", 400), (None, 400)]


@pytest.mark.parametrize("path", [PREDICT, "/v1/nonsense"])
@pytest.mark.parametrize(("origin", "status"), OPTIONS)
def test_r53_options_wants_an_origin_also_without_cors(serving, origin, status, path):
    headers = {"Origin": origin} if origin else {}
    response = serving.http.request("OPTIONS", serving.url + path, headers=headers, timeout=30)
    assert (response.status_code, response.text) == (status, "")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_r33_the_content_type_does_not_matter_and_gzip_is_accepted(serving):
    for content_type in ("text/plain", "application/xml", ""):
        assert serving.post("default:predict", ROWS, headers={"Content-Type": content_type}).ok
    packed = gzip.compress(json.dumps(ROWS).encode())
    response = serving.post("default:predict", packed, headers={"Content-Encoding": "gzip"})
    assert response.json() == {"predictions": [2.5]}
    broken = serving.post("default:predict", packed[:-9], headers={"Content-Encoding": "gzip"})
    assert broken.status_code == 400


def test_r34_a_body_has_no_limit(serving):
    many = 1_000_000
    response = serving.post("default:predict", {"instances": [2.0] * many})
    assert response.json()["predictions"] == [3.0] * many


def test_r35_a_connection_is_kept_whatever_was_asked_on_it(serving):
    connection = http.client.HTTPConnection(serving.url.removeprefix("http://"), timeout=30)
    connection.connect()
    socket = connection.sock
    for method, path, status in (
        ("POST", PREDICT, 200),
        ("GET", "/v1/models/default", 200),
        ("POST", "/v1/nonsense", 400),
        ("POST", "/nowhere", 404),
        ("HEAD", "/v1/models/default", 400),
        ("POST", PREDICT, 200),
    ):
        # Each has a body, also where none is expected: what is left unread must not become the next request.
        connection.request(method, path, json.dumps(ROWS))
        response = connection.getresponse()
        assert response.status == status
        response.read()
        assert connection.sock is socket
    connection.close()


def test_r36_many_connections_are_kept(serving):
    connections = [http.client.HTTPConnection(serving.url.removeprefix("http://"), timeout=30) for _ in range(40)]
    sockets = []
    for _ in range(2):
        for connection in connections:
            connection.request("POST", PREDICT, json.dumps(ROWS))
            assert connection.getresponse().read()
            sockets.append(connection.sock)
    assert sockets[:40] == sockets[40:]
    for connection in connections:
        connection.close()


def test_a_path_that_cannot_be_split_is_a_bad_request(serving):
    connection = http.client.HTTPConnection(serving.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "//[")
    assert connection.getresponse().status == 400
    connection.close()


def test_a_chunked_body_is_read(serving):
    chunks = (piece for piece in (b'{"instances"', b": [1.0]}"))
    response = serving.http.post(f"{serving.url}{PREDICT}", data=chunks, timeout=30)
    assert response.json() == {"predictions": [2.5]}
