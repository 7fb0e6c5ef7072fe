"""What the loop decides, without a service: the alarm, by gauges; nothing changes where a smoke test fails."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
import requests

from pipeline.loop import registry
from tests.conftest import over_http
from tests.loops import PASSED
from workbook.errors import UserError
from workbook.loop import acts, story
from workbook.loop.chronicle import FAST, STORY, Chronicle
from workbook.loop.customers import at_most
from workbook.loop.monitor import Monitor
from workbook.loop.service import PROCESSES, end_leftovers
from workbook.servers.process import DidNotStart

DISTANCES = {"sharpness": (3.0, 3.0), "brightness": (2.0, 2.0), "contrast": (9.0, 0.5), "edges": (0.5, 9.0)}


def gauges(distances: dict[str, tuple[float, float]]) -> str:
    """The gauges of version 1, with a limit of 1: of each statistic, the last window's distance, and the one before."""
    lines = []
    for name, (last, previous) in distances.items():
        labels = f'model="clothes",version="1",statistic="{name}"'
        lines.append(f"inference_drift_limit{{{labels}}} 1.0")
        lines.append(f'inference_drift{{{labels},window="last"}} {last}')
        lines.append(f'inference_drift{{{labels},window="previous"}} {previous}')
        other = labels.replace('"1"', '"2"')
        lines += [f'inference_drift{{{other},window="{window}"}} 99' for window in ("last", "previous")]
    return "\n".join(lines) + "\n"


def test_an_alarm_needs_two_windows_in_a_row_and_names_what_is_furthest_away():
    now = dict(DISTANCES)

    def metrics(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [gauges(now).encode()]

    with over_http(metrics) as url:
        monitor = Monitor(url)
        assert str(monitor.look(1)) == "sharpness is 3.00 away from what it was, and 1.00 is rare"
        del now["sharpness"], now["brightness"]  # what is left was beyond the limit once
        assert monitor.look(1) is None
        now["edges"] = (1.0, 1.0)  # at the limit is not beyond
        assert monitor.look(1) is None


@pytest.fixture
def trial(loop) -> SimpleNamespace:
    """A stage whose server has version 2, and answers nonsense in its name; ``routes`` are those that it was told."""
    registry.register(loop.home, loop.runs[1], PASSED)
    routes = []
    service = SimpleNamespace(
        repository=loop.home / "repository",
        serves=lambda version: True,
        ask=lambda version, images: {"result": np.zeros((len(images), 10)).tolist()},
        use=routes.append,
        to_one=routes.append,
    )
    chronicle = Chronicle(loop.home, FAST, {"gate": {"version": 2}})
    pictures = SimpleNamespace(test=(loop.pixels[:40], loop.labels[:40]))
    return SimpleNamespace(
        home=loop.home, plan=FAST, champion=1, chronicle=chronicle, pictures=pictures, service=service, routes=routes
    )


def test_one_that_fails_its_smoke_test_gets_no_user_and_no_alias(trial):
    with pytest.raises(UserError, match="v2 was stopped by the smoke test: v2 answers otherwise"):
        acts.roll_out(trial)
    assert (registry.champion(trial.home), trial.routes) == ("1", [])


def test_a_service_that_fails_is_one_line_and_the_loop_can_go_on(tmp_path, monkeypatch):
    for error in (DidNotStart("port taken\nand much more"), requests.ConnectionError("refused")):
        monkeypatch.setattr(story, "_play", lambda *_, error=error: (_ for _ in ()).throw(error))
        with pytest.raises(
            UserError, match=r"^the service failed: (port taken|refused); see .*; the same command goes on"
        ):
            story.play(tmp_path, FAST, print)


def test_what_another_version_of_the_course_wrote_is_said_and_what_is_broken(tmp_path):
    for text in ("", "[]", "{}", '{"plan": "fast", "events": [{"when": 1}]}'):
        (tmp_path / STORY).write_text(text)
        with pytest.raises(UserError, match="broken, or of another version of the course: begin again with another"):
            Chronicle.open(tmp_path, FAST)
    (tmp_path / PROCESSES).write_text("")  # a disk was full
    end_leftovers(tmp_path)


def test_things_come_in_their_order_and_no_faster_than_the_rate():
    began = time.monotonic()
    assert list(at_most(100, range(20))) == list(range(20))
    assert time.monotonic() - began >= 0.19
