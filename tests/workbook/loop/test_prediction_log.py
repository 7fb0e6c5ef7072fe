"""Who answered a request, from the lines of servers and front: one answer, or one line that says why there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbook.errors import UserError
from workbook.loop.prediction_log import prediction, predictions

WHEN = "2026-01-02T03:04:05+00:00"


def line(request: str, status: int = 200, path: str = "/models/clothes", **more: object) -> dict:
    return {"time": WHEN, "request": request, "method": "POST", "path": path, "status": status, "ms": 1.0, **more}


def of_front(request: str, version: int, status: int = 200, **more: object) -> dict:
    return line(request, status, model="clothes", model_version=str(version), **more)


def of_server(request: str, version: int) -> dict:
    return line(request, 200, f"/models/clothes/v{version}", model="clothes", version=version, weights=f"w{version}")


def logged(home: Path, **logs: list[dict | str]) -> Path:
    folder = home / "predictions"
    folder.mkdir()
    for name, lines in logs.items():
        texts = [one if isinstance(one, str) else json.dumps(one, separators=(",", ":")) for one in lines]
        (folder / f"{name}.log").write_text("\n".join(texts))
    return home


def test_the_front_says_whose_answer_the_user_got_and_the_server_with_which_weights(tmp_path):
    """Version 2 was a shadow in one request, and a canary that failed in the other."""
    server = [
        *(of_server("shadowed", 1), of_server("shadowed", 2)),
        *(line("fell-back", 500, "/models/clothes/v2"), of_server("fell-back", 1)),
    ]
    shadow = {"time": WHEN, "request": "shadowed", "model": "clothes", "version": 2, "shadow": "agree"}
    front = [of_front("shadowed", 1), shadow, of_front("fell-back", 1, fallback_from="2")]
    home = logged(tmp_path, server=server, front=front)
    for request in ("shadowed", "fell-back"):
        found = prediction(home, request)
        assert (found.version, found.weights, len(found.hops)) == (1, "w1", 3)


def test_without_a_front_the_server_says_it_all(tmp_path):
    found = prediction(logged(tmp_path, server=[of_server("other", 1), of_server("direct", 7)]), "direct")
    assert (found.model, found.version, found.weights) == ("clothes", 7, "w7")


@pytest.mark.parametrize(
    ("request_id", "words"),
    [
        ("unknown", "no request 'unknown' in"),
        ("refused", "POST /models/clothes got 400 and no prediction"),
        ("alive", "got 200 and no prediction"),
        ("melon", "the gate, clothing v1, refused its pictures"),
        ("twice", "2 requests have this id"),
        ("alone", "front.log says that v1 answered; the log of its server is not there"),
    ],
)
def test_what_is_no_prediction_is_one_line_that_says_why(tmp_path, request_id, words):
    front = [
        line("refused", 400, model="clothes", model_version="1"),
        line("alive", path="/healthz"),
        {**of_front("melon", 1, gate="refused"), "model": "clothing"},
        *(of_front("twice", 1), of_front("twice", 1)),
        of_front("alone", 1),
    ]
    home = logged(tmp_path, front=front, server=[of_server("twice", 1), of_server("twice", 1)])
    with pytest.raises(UserError, match=words) as told:
        prediction(home, request_id)
    assert "\n" not in str(told.value)


def test_what_is_no_line_about_a_request_is_passed_over(tmp_path):
    """The half line of a server that was killed, a line of a library, and one of a copy."""
    half = json.dumps(of_server("half", 1))[:60]
    home = logged(tmp_path, server=["", "[1]", '{"level": "INFO", "message": "Serving"}', of_server("whole", 1), half])
    assert [one.request for one in predictions(home)] == ["whole"]


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "200"},
        {"status": None},
        {"version": "newest"},
        {"weights": None},
        {"model": ["clothes"]},
        {"request": ["odd"]},
        {"time": 5},
        {"ms": None},
    ],
    ids=str,
)
def test_a_line_of_another_program_is_passed_over(tmp_path, odd):
    other = {**of_server("odd", 1), **odd}
    home = logged(tmp_path, other=[other], server=[of_server("whole", 1)])
    assert [one.request for one in predictions(home)] == ["whole"]
    with pytest.raises(UserError, match="no request 'odd' in"):
        prediction(home, "odd")


def test_a_line_with_a_version_of_no_model_is_no_prediction(tmp_path):
    home = logged(tmp_path, other=[line("odd", version=1, weights="w1")])
    with pytest.raises(UserError, match="got 200 and no prediction"):
        prediction(home, "odd")


def test_no_answer_of_a_user_is_left_out_of_the_list(tmp_path):
    """Whoever asks whom a bad batch has reached would not look for them."""
    front = [of_front("alone", 2), of_front("twice", 2), of_front("twice", 2), of_front("failed", 2, 500)]
    home = logged(tmp_path, front=front, server=[of_server("twice", 2), of_server("twice", 2)])
    assert [one.request for one in predictions(home)] == ["alone", "twice", "twice"]
    assert {one.weights for one in predictions(home)} == {None}


def test_a_folder_without_a_log_is_said(tmp_path):
    with pytest.raises(UserError, match=r"predictions holds no log: start a loop"):
        prediction(tmp_path, "any")
