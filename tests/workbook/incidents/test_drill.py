"""An incident as a student has it: a server with its log, its metrics and its customers, a diagnosis, and an end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
import requests
from werkzeug.test import Client

from tests.workbook.test_cli import one_line_error, workbook
from workbook.errors import UserError
from workbook.faults.catalog import find
from workbook.incidents import cases
from workbook.incidents.cases import Drill
from workbook.incidents.drill import SERVER_LOG, TRAFFIC_LOG, production
from workbook.incidents.traffic import EVERY_SECONDS
from workbook.servers.process import answers

ROUTE = "/models/clothes/v2"
PATIENCE_SECONDS = 60
SEEN = "the log knows no status but 200"
ERRORS_AS_200 = 11


def until(met: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while not met():
        assert time.monotonic() < last
        time.sleep(0.05)


def lines(path: Path) -> list[dict]:
    """Those that are there as a whole."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


@pytest.fixture
def drill(data, course) -> Iterator[Drill]:
    with Drill(ERRORS_AS_200) as one:
        yield one


def test_it_is_looked_at_diagnosed_and_mended(drill, course):
    log, traffic = drill.folder / SERVER_LOG, drill.folder / TRAFFIC_LOG
    until(lambda: {line["customer"] for line in lines(traffic)} >= EVERY_SECONDS.keys() - {"rush", "sensor"})
    assert {line["status"] for line in lines(log) if line["method"] == "POST"} == {200}
    metrics = requests.get(f"{drill.url}/metrics", timeout=10).text
    assert 'server_responses_total{method="POST",status="200"}' in metrics and 'status="400"' not in metrics
    assert requests.post(drill.url + ROUTE, json={}, timeout=10).status_code == 200
    with pytest.raises(UserError, match="runs already"):
        Drill(ERRORS_AS_200)

    refused = drill.diagnose("unscaled", SEEN)
    assert refused.startswith("No. With unscaled, this would be seen: ")
    accepted = drill.diagnose(" Errors-as-200", SEEN)
    assert re.match(r"Accepted, after 2 tries, 0\.\d minutes in\. Errors are answered with status 200\.", accepted)

    assert re.fullmatch(r"The last good release is back, 0\.\d minutes in\. Found in 0\.\d minutes\.", drill.mend())
    until(lambda: requests.post(drill.url + ROUTE, json={}, timeout=10).status_code == 400)
    assert 'status="400"' in requests.get(f"{drill.url}/metrics", timeout=10).text
    assert re.match("It is mended already", drill.mend())
    assert re.fullmatch(r"found in 0\.\d min, mended in 0\.\d min", dict(standings())[ERRORS_AS_200])
    kept = [json.loads(line) for line in (course / "work" / "progress.jsonl").read_text().splitlines()]
    assert [one["what"] for one in kept] == ["started", "refused", "accepted", "mended"]


def standings() -> list[tuple[int, str]]:
    return [(incident.number, standing) for incident, standing in cases.standings()]


def test_a_server_that_has_ended_can_be_diagnosed_and_not_mended(drill):
    drill.stop()
    assert drill.diagnose("errors-as-200", SEEN).startswith("Accepted, at the first try")
    with pytest.raises(UserError, match="start it again"):
        drill.mend()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_if_the_command_is_killed_its_server_goes_too_and_it_can_be_started_again(data, course):
    command = [sys.executable, "-m", "workbook", "incident", str(ERRORS_AS_200)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        process.kill()
    until(lambda: not answers(f"{url}/healthz"))
    with pytest.raises(UserError, match="has ended, so there is nothing to mend: start it again"):
        cases.mend(ERRORS_AS_200)


def test_the_command_starts_one_and_ctrl_c_ends_it(data, course):
    command = [sys.executable, "-m", "workbook", "incident", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline() for _ in range(3)]
        assert told[0].startswith("Incident 2: Your page has bars of 1,340 %")
        url = re.search(r"http://\S+", told[2])[0]
        image = [[0] * 28] * 28
        scores = requests.post(url + ROUTE, json={"image": image}, timeout=10).json()["result"][0]
        assert max(scores) > 1
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr.read() == ""
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


def test_the_list_has_every_report_and_every_cause(course):
    text = " ".join(re.sub("[│\n]", " ", workbook("incident").stdout).split())
    assert "We sell coats." in text and "no-softmax" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["13"], "there are 1 to 12"),
        (["3", "--evidence", "the sum is twelve"], "evidence of what? workbook incident 3 --cause NAME"),
        (["3", "--mend"], "workbook incident 3 starts it"),
        (["3", "--cause", "no-softmax", "--evidence", "the sum is twelve"], "workbook incident 3 starts it"),
    ],
)
def test_what_cannot_be_is_one_line(course, arguments, said):
    assert said in one_line_error(workbook("incident", *arguments))


@pytest.mark.parametrize(
    ("cause", "evidence", "said"),
    [
        ("softmax", "the sum of it is twelve", "no fault 'softmax'; there is unscaled, "),
        ("no-softmax", "odd scores", "say what you have seen"),
        ("no-softmax", "", "say what you have seen"),
    ],
)
def test_a_diagnosis_that_is_none_is_refused_and_is_no_try(course, cause, evidence, said):
    cases.folder_of(2).mkdir(parents=True)
    cases._save(cases.Case(2, "http://127.0.0.1:9", time.time()))
    with pytest.raises(UserError, match=said):
        cases.diagnose(2, cause, evidence)
    assert cases.case_of(2).tries == 0


def test_a_case_that_cannot_be_read_says_what_to_do(course):
    cases.folder_of(2).mkdir(parents=True)
    for content in ("", "[]", '{"number": 2}'):
        (cases.folder_of(2) / cases.CASE).write_text(content)
        with pytest.raises(UserError, match="remove it, and start the incident again"):
            cases.case_of(2)


def test_what_a_fault_makes_of_the_answers_is_what_is_counted():
    client = Client(production(find("no-softmax"), BytesIO()))

    def confidence() -> float:
        pattern = r'inference_confidence_sum{model="clothes",version="1"} (\S+)'
        found = re.search(pattern, client.get("/metrics").text)
        return float(found[1]) if found else 0.0

    before = confidence()
    client.post("/models/clothes/v1", json={"image": [[0] * 28] * 28})
    assert confidence() - before > 1
