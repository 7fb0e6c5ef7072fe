"""What two suites of tests make of the servers, and what the command prints of it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from workbook.faults import verdicts
from workbook.faults.catalog import FAULTS
from workbook.faults.samples import draw
from workbook.faults.serving import GOOD, app_of, running


@pytest.fixture(scope="module")
def sample(data):
    return draw(np.random.default_rng(verdicts.SEED))


def rejected_by_naive(name: str, sample) -> bool:
    with running(app_of(name)) as url:
        return bool(verdicts.naive(url, *sample))


def test_a_naive_suite_lets_most_faulty_servers_pass_with_the_good_ones(sample):
    assert [name for name in GOOD if rejected_by_naive(name, sample)] == []
    found = [fault.name for fault in FAULTS if rejected_by_naive(fault.name, sample)]
    assert "errors-as-200" in found and len(found) <= len(FAULTS) / 4


def test_the_command_prints_a_line_for_each_server_and_the_counts(monkeypatch, capsys):
    shown = [
        ("reference", "", {}),
        ("unscaled", "", {"labels": "34 %"}),
        ("errors-as-200", "taken", {"refusals": "200"}),
    ]
    monkeypatch.setattr(verdicts, "compared", lambda: iter(shown))
    verdicts.show()
    lines = capsys.readouterr().out.splitlines()
    assert [re.split(r" +", line.strip()) for line in lines[:3]] == [
        ["reference", "passed", "passed"],
        ["unscaled", "passed", "rejected", "labels"],
        ["errors-as-200", "rejected", "rejected", "refusals"],
    ]
    assert lines[3:] == ["naive: 1 of 22 faults found", "acceptance: 2 of 22 faults found"]
