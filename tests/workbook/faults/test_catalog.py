"""Each server of the catalog has its one fault and no other, and the good ones have none."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import requests

from pipeline.acceptance import accept
from workbook.faults.catalog import FAULTS, GROUPS, Fault, find
from workbook.faults.samples import draw
from workbook.faults.serving import GOOD, app_of, running
from workbook.servers.process import Server

# What a fault cannot but show in the tests of another group.
SHOWS_IN = {
    "first-image-only": {"labels"},  # which are asked for in a batch
    "batch-reversed": {"labels"},
    "errors-as-200": {"versions"},  # a version that is not there is an error
    "state-leaks": {"load"},  # where answers are compared as well
    "some-fail": {"batches", "refusals", "versions"},
}


@pytest.fixture(scope="module")
def sample(data):
    return draw(np.random.default_rng(15))


@pytest.fixture(params=FAULTS, ids=[fault.name for fault in FAULTS])
def fault(request) -> Fault:
    return request.param


@pytest.mark.parametrize("name", GOOD)
def test_a_good_server_is_accepted_however_it_is_built(name, sample):
    with running(app_of(name)) as url:
        assert accept(url, *sample, seconds=10) == {}


def test_a_faulty_server_is_rejected_for_its_fault_and_no_other(fault, sample):
    with running(app_of(fault.name)) as url:
        complaints = accept(url, *sample, seconds=10 if fault.group != "load" else 0.5)
    assert fault.group in complaints
    assert complaints.keys() - {fault.group} <= SHOWS_IN.get(fault.name, set())


def test_a_fault_says_what_is_wrong_what_is_seen_and_what_shows_it(fault):
    assert all(text.endswith((".", "%.")) and len(text) > 20 for text in (fault.wrong, fault.seen, fault.evidence))


def test_the_list_is_long_enough_and_no_name_comes_twice():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 14
    assert set(GROUPS) == {"labels", "scores", "batches", "refusals", "versions", "load"}


def test_what_one_server_remembers_another_does_not():
    one, other = (find("state-leaks").servable() for _ in range(2))
    assert one is not other


def test_a_faulty_server_runs_as_a_process_of_its_own():
    with Server("-m", "workbook.faults", "old-default") as server:
        assert requests.get(f"{server.url}/models/clothes", timeout=10).json()["default"] == 1


def test_a_name_that_is_none_is_answered_with_those_there_are():
    command = [sys.executable, "-m", "workbook.faults", "unscalled"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("error: no fault 'unscalled'; there is unscaled, ")
