"""Each incident is proven: the right diagnosis is accepted, each other cause is refused for a reason that is true."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from workbook.faults import catalog as faults
from workbook.faults.samples import draw
from workbook.faults.serving import app_of, running
from workbook.incidents import cases
from workbook.incidents.catalog import INCIDENTS, Incident
from workbook.incidents.facts import Facts, examine
from workbook.incidents.signs import HOLDS, SEEN


@cache
def facts_of(server: str) -> Facts:
    with running(app_of(server)) as url:
        return examine(url, *draw(np.random.default_rng(3)))


@pytest.fixture(params=INCIDENTS, ids=[f"{one.number}-{one.fault}" for one in INCIDENTS])
def incident(request, data, monkeypatch) -> Incident:
    monkeypatch.setattr(cases, "_facts_of", facts_of)
    return request.param


def test_the_right_diagnosis_is_accepted(incident):
    fault = faults.find(incident.fault)
    verdict = cases.judge(incident, fault, fault.evidence)
    assert verdict.accepted and fault.wrong in verdict.reason


def test_each_other_cause_is_refused_with_what_this_server_shows_instead(incident):
    for fault in faults.FAULTS:
        if fault.name != incident.fault:
            verdict = cases.judge(incident, fault, faults.find(incident.fault).evidence)
            assert not verdict.accepted
            assert fault.evidence in verdict.reason
            assert verdict.reason.endswith(f"On this server, {SEEN[fault.group](facts_of(incident.fault))}.")


def test_what_the_server_shows_fits_its_own_fault_and_no_other(incident):
    assert [name for name, holds in HOLDS.items() if holds(facts_of(incident.fault))] == [incident.fault]


def test_the_right_name_without_evidence_for_it_is_answered_with_where_to_look(incident):
    verdict = cases.judge(incident, faults.find(incident.fault), "my colleague has told me so")
    assert not verdict.accepted and verdict.reason.endswith(incident.look)


@pytest.mark.parametrize("server", ["reference", "another"])
def test_a_good_server_shows_none_of_it(server, data):
    assert [name for name, holds in HOLDS.items() if holds(facts_of(server))] == []


def test_there_are_a_dozen_each_with_a_fault_of_its_own():
    assert [one.number for one in INCIDENTS] == list(range(1, 13))
    assert len({one.fault for one in INCIDENTS}) == 12
    assert {fault.name for fault in faults.FAULTS} == HOLDS.keys()
    for one in INCIDENTS:
        assert one.fault.replace("-", " ") not in f"{one.report} {one.look}".lower()
