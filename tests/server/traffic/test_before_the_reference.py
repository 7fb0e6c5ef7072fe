"""The front before the reference server itself, which asks for tokens: pictures, a gate and cards."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import requests
from PIL import Image

from pipeline.gate import outsiders
from server.model_card import PINNED_MODELS
from tests.server.log import log_lines
from tests.server.production.running import Production
from tests.server.traffic.running import Front

TOKEN = "a-token-of-sixteen-and-more"  # pragma: allowlist secret
BEARER = {"Authorization": f"Bearer {TOKEN}"}
POLICY = """
[models.clothing]
versions = {{ 1 = "{0}" }}
route = {{ kind = "version", version = 1 }}

[models.clothes]
versions = {{ 1 = "{0}", 2 = "{0}" }}
gate = {{ model = "clothing", accept = "clothing", when_down = "refuse" }}
route = {{ kind = "version", version = 2 }}
"""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("reference")
    (folder / "tokens").write_text(TOKEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVER_TOKENS_FILE", str(folder / "tokens"))
        production = Production(PINNED_MODELS, folder / "log.txt")
    yield production
    production.stop()


@pytest.fixture
def chained(front: Front, reference: Production) -> Front:
    front.use(POLICY.format(reference.url))
    return front


def as_png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(255 - pixels).save(file, "PNG")  # as on paper; the server turns it round
    return file.getvalue()


BOTH_MODELS = [("clothing", 1), ("clothes", 2)]


def hops(answer: requests.Response, *logs: list[dict]) -> list[tuple]:
    """Who the logs say has answered this request: the front's, and then the server's."""
    ours = [line for lines in logs for line in lines if line.get("request") == answer.headers["X-Request-Id"]]
    keys = ("model", "model_version", "version", "gate")
    return [tuple(line[key] for key in keys if key in line) for line in ours]


def test_without_a_token_the_servers_own_refusal_comes_through(chained):
    answer = chained.post()
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["error"].startswith("this needs a token")


def test_clothes_are_answered_as_the_server_answers_and_a_melon_is_not(chained, reference, test_set):
    coat, melon = test_set[0][0], outsiders.melons(1, np.random.default_rng(3))[0]
    direct = requests.post(
        f"{reference.url}/models/clothes/v2", json={"image": coat.tolist()}, headers=BEARER, timeout=60
    )
    answer = requests.post(f"{chained.url}/models/clothes", json={"image": coat.tolist()}, headers=BEARER, timeout=60)
    assert (answer.content, answer.headers["X-Gate"]) == (direct.content, "accepted")
    assert hops(answer, chained.lines(), log_lines(reference.log)) == [("clothes", "2", "accepted"), *BOTH_MODELS]
    both = {"images": [melon.tolist(), coat.tolist()]}
    answer = requests.post(f"{chained.url}/models/clothes", json=both, headers=BEARER, timeout=60).json()
    assert answer["gate"] == ["something else", "clothing"]
    assert answer["labels"] == [None, direct.json()["labels"][0]]
    assert answer["result"] == [None, direct.json()["result"][0]]


def test_pictures_as_files_go_through_the_gate_too(chained, test_set):
    files = [("image", ("a.png", as_png(picture), "image/png")) for picture in test_set[0][:3]]
    answer = requests.post(f"{chained.url}/models/clothes", files=files, headers=BEARER, timeout=60)
    assert (answer.status_code, len(answer.json()["labels"])) == (200, 3)
    broken = requests.post(
        f"{chained.url}/models/clothes", data=b"none", headers={**BEARER, "Content-Type": "image/png"}, timeout=60
    )
    assert (broken.status_code, broken.headers["X-Model"]) == (400, "clothing")


def test_a_model_card_is_read_through_the_front(chained, reference):
    card = requests.get(f"{chained.url}/models/clothes/v2", timeout=60)
    assert card.json() == requests.get(f"{reference.url}/models/clothes/v2", timeout=60).json()
