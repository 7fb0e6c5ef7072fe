"""The client, against real servers: the reference one, and ones that misbehave."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import numpy as np
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from werkzeug.serving import make_server

from server.clients import client as client_module
from server.clients.client import Client, Refused, ServerError, Unreachable
from server.preprocessing import BadInput
from server.production.access import Users
from server.production.app import production_app
from workbook.servers.process import answers, free_port

HANG_SECONDS = 60


@pytest.fixture
def misbehaving():
    """Start servers that answer each request with the next of the given (status, body); a None hangs."""
    started = []

    def start(answers: list):
        waiting = iter(answers)
        released = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                answer = next(waiting, (500, b"{}"))
                if answer is None:
                    released.wait(HANG_SECONDS)
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append((server, released))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, released in started:
        released.set()
        server.shutdown()


def test_classifies_arrays_and_a_single_image(served, test_set):
    images, _ = test_set
    predictions = Client(served).classify(images[:3])
    assert [prediction.label for prediction in predictions] == ["Ankle boot", "Pullover", "Trouser"]
    assert predictions[0].score == pytest.approx(predictions[0].scores.max())
    assert Client(served).classify(images[0])[0].label == "Ankle boot"


def test_a_large_batch_goes_in_parts_and_comes_back_in_order(served, test_set, monkeypatch):
    images = test_set[0][:10]
    whole = Client(served).classify(images)
    monkeypatch.setattr(client_module, "BATCH_SIZE", 3)
    parts = Client(served).classify(images)
    assert [part.label for part in parts] == [one.label for one in whole]


def test_classifies_files(served, test_set, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, pixels in zip(paths, test_set[0][:3], strict=True):
        Image.fromarray(255 - pixels).resize((280, 280)).save(path)
    labels = [prediction.label for prediction in Client(served).classify_files(paths)]
    assert labels == ["Ankle boot", "Pullover", "Trouser"]
    assert Client(served).classify_files([]) == []


def test_files_are_read_to_the_shape_and_range_of_the_models_card(served, tmp_path):
    path = tmp_path / "digit.png"
    Image.linear_gradient("L").save(path)
    posted = requests.post(f"{served}/models/digits/v1", files={"image": path.read_bytes()}, timeout=30).json()
    assert [one.label for one in Client(served, "digits").classify_files([path])] == posted["labels"]


def test_one_picture_or_many_may_be_a_path_bytes_or_an_open_file(served, test_set, tmp_path):
    path = tmp_path / "boot.png"
    Image.fromarray(test_set[0][0]).save(path)
    content, client = path.read_bytes(), Client(served)
    for one in (path, str(path), content, BytesIO(content), [path, content], iter([str(path), BytesIO(content)])):
        assert {prediction.label for prediction in client.classify_files(one)} == {"Ankle boot"}
    with path.open("rb") as file:
        assert client.classify_files(file)[0].label == "Ankle boot"
    with pytest.raises(BadInput, match="the bytes given"):
        client.classify_files(b"no picture")


NOT_FOR_JSON = [
    np.full((28, 28), np.nan),
    np.full((28, 28), np.inf),
    np.zeros((28, 28), complex),
    np.full((28, 28), None),
    np.array("a"),
    5,
    [[1], [2, 3]],
    None,
]


@pytest.mark.parametrize("images", NOT_FOR_JSON, ids=repr)
def test_what_json_cannot_carry_is_refused_unsent(images):
    with pytest.raises(Refused, match="not sent"):
        Client(f"http://127.0.0.1:{free_port()}").classify(images)


NO_ADDRESSES = [
    "http://127.0.0.1:99999",
    "http://127.0.0.1:-1",
    "http://127.0.0.1:x",
    "http://a b",
    "http://",
    "http://[::1",
    "http://\u00fc..\u00fc/",
    "https://\ud800",
    "http://" + "a" * 300,
]


@pytest.mark.parametrize("url", NO_ADDRESSES, ids=ascii)
def test_an_address_that_is_none_is_unreachable(url, monkeypatch):
    monkeypatch.setattr(client_module, "RETRIES", client_module.RETRIES.new(total=0))
    with pytest.raises(Unreachable):
        Client(url, timeout=2).info()


ANSWERS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["labels", "result"]), inner),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWERS | st.binary(max_size=40) | st.just(b"[" * 100_000))
def test_whatever_is_answered_no_other_exception_comes_out(misbehaving, answer):
    client = Client(misbehaving([(200, answer)]))
    with contextlib.suppress(ServerError):
        client.classify(np.zeros((28, 28), int))


def test_loopback_is_asked_without_a_proxy_and_a_distant_servers_error_names_it(served, monkeypatch):
    proxy = f"http://someone:secret@127.0.0.1:{free_port()}"  # pragma: allowlist secret
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert Client(served).info()["name"] == "clothes"
    assert answers(served + "/healthz")
    monkeypatch.setattr(client_module, "RETRIES", client_module.RETRIES.new(total=0))
    with pytest.raises(Unreachable, match=r"through the proxy 127\.0\.0\.1:\d+ .*add example\.org to no_proxy"):
        Client("http://example.org", timeout=2).info()


def test_a_bad_file_stops_the_batch_before_anything_is_sent(served, tmp_path):
    path = tmp_path / "note.png"
    path.write_text("not a picture")
    with pytest.raises(BadInput, match=r"note\.png: .*PNG or JPEG"):
        Client(served).classify_files([path])
    with pytest.raises(FileNotFoundError):
        Client(served).classify_files([tmp_path / "none.png"])


def test_the_servers_own_reason_reaches_the_caller(served):
    with pytest.raises(Refused, match=r"400.*do not scale"):
        Client(served).classify(np.full((28, 28), 0.5))
    with pytest.raises(Refused, match=r"404.*there is v1, v2"):
        Client(served, version=9).info()


def test_a_token_goes_along_with_every_request(tmp_path, monkeypatch):
    (tmp_path / "tokens").write_text("one-of-the-users-of-today")
    monkeypatch.setenv("SERVER_TOKENS_FILE", str(tmp_path / "tokens"))
    server = make_server("127.0.0.1", 0, production_app(users=Users.from_environment()), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url, image = f"http://127.0.0.1:{server.server_port}", np.zeros((28, 28), np.uint8)
    with pytest.raises(Refused, match=r"401.*needs a token"):
        Client(url).classify(image)
    assert len(Client(url, token="one-of-the-users-of-today").classify(image)) == 1
    server.shutdown()


def test_a_closed_port_is_unreachable_and_says_what_to_do():
    with pytest.raises(Unreachable, match="workbook serve"):
        Client(f"http://127.0.0.1:{free_port()}").info()


def test_a_server_that_hangs_is_given_up(misbehaving):
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"within 0\.2 s"):
        Client(misbehaving([None] * 9), timeout=0.2).info()
    assert time.monotonic() - started < HANG_SECONDS


def test_an_overloaded_server_is_asked_again(misbehaving):
    url = misbehaving([(503, b"{}"), (502, b"{}"), (200, b'{"name": "clothes"}')])
    assert Client(url).info() == {"name": "clothes"}


def test_a_fault_of_the_server_is_not_asked_again(misbehaving):
    url = misbehaving([(500, b'{"error": "broken"}'), (200, b"{}")])
    with pytest.raises(ServerError, match="500: broken") as caught:
        Client(url).info()
    assert not isinstance(caught.value, Refused)


def test_an_answer_that_is_no_json_is_said_to_come_from_another_server(misbehaving):
    with pytest.raises(ServerError, match="is that the inference server"):
        Client(misbehaving([(200, b"<html>")])).info()


def test_an_answer_of_another_service_is_said_to_be_one(monkeypatch):
    monkeypatch.setattr(client_module.requests.Session, "request", lambda *_, **__: Answer())
    with pytest.raises(ServerError, match="without labels and result"):
        Client("http://127.0.0.1").classify(np.zeros((28, 28), int))


class Answer:
    status_code = 200

    def json(self):
        return {"predictions": []}


def test_an_address_without_its_scheme_is_refused_at_once():
    with pytest.raises(ValueError, match="http://"):
        Client("localhost:8000")
