"""The checks of lab 09 that are about the service: batches, refusals, versions and load."""

from __future__ import annotations

import pytest
from judge import Judge
from played import BAD_BODIES, refusing, taking

from workbook.labs.checks.assertions import Student, check

STRICT = "the test asks for more than the contract promises: a second good server fails it"
ACCEPTANCE, CONTRACT = "Acceptance: is this server fit for its users?", "Contract: what was promised"
LOAD = "Performance and load: how fast, and how many?"


@pytest.fixture(scope="module")
def judge(student: Student) -> Judge:
    return Judge(student)


# Task 4


@check(task=4, points=1, likely=STRICT, read=ACCEPTANCE)
def test_good_batches_pass(judge: Judge):
    """Two good servers pass, whose scores may differ in the last digits"""
    judge.passes("check_batches")


@check(task=4, points=1, likely="the rows of a batch are not held against the pictures alone", read=ACCEPTANCE)
def test_one_answer_for_all_is_found(judge: Judge):
    """A server that classifies only the first picture of a batch is rejected"""
    judge.rejects("check_batches", "first-image-only", "a server that gives the answer of the first picture for all")


@check(
    task=4,
    points=1,
    likely="the rows of a batch are not held against the pictures alone, each in its place",
    read=ACCEPTANCE,
)
def test_a_reversed_batch_is_found(judge: Judge):
    """A server that mixes up the order of a batch is rejected"""
    judge.rejects("check_batches", "batch-reversed", "a server that answers a batch in the reverse order")


@check(task=4, points=2, likely="a picture is asked for only once, or only the labels are looked at", read=ACCEPTANCE)
def test_a_memory_is_found(judge: Judge):
    """A server whose answer depends on what came before is rejected"""
    judge.rejects("check_batches", "state-leaks", "a server that mixes the last answer into the next")


# Task 5


@check(task=5, points=1, likely=STRICT, read=CONTRACT)
def test_good_refusals_pass(judge: Judge):
    """Two good servers pass, whose errors have other words"""
    judge.passes("check_refusals")


@check(
    task=5, points=1, likely="no NaN is sent: `json.dumps` writes it, and `json=` of requests refuses to", read=CONTRACT
)
def test_nan_is_found(judge: Judge):
    """A server that takes NaN is rejected"""
    judge.rejects("check_refusals", "nan-accepted", "a server that takes NaN for a black pixel")


@check(task=5, points=1, likely="no picture scaled to 0..1 is sent", read=CONTRACT)
def test_cut_floats_are_found(judge: Judge):
    """A server that cuts floats is rejected"""
    judge.rejects("check_refusals", "floats-cut", "a server that cuts 0.9 to 0")


@check(task=5, points=1, likely="no pixel beyond 255 is sent", read=CONTRACT)
def test_wrapped_pixels_are_found(judge: Judge):
    """A server whose pixels begin at 0 again is rejected"""
    judge.rejects("check_refusals", "pixels-wrapped", "a server that takes 256 for 0")


@check(task=5, points=1, likely="no picture of 27 rows is sent", read=CONTRACT)
def test_another_shape_is_found(judge: Judge):
    """A server that takes 27 rows is rejected"""
    judge.rejects("check_refusals", "shape-padded", "a server that fills up 27 rows with black")


@check(task=5, points=1, likely="only the text of the answer is looked at, and not the status", read=CONTRACT)
def test_errors_with_status_200_are_found(judge: Judge):
    """A server whose errors have status 200 is rejected"""
    judge.rejects("check_refusals", "errors-as-200", "a server that answers errors with status 200")


@check(task=5, points=1, likely="any status but 200 is taken for a refusal", read=CONTRACT)
def test_a_page_for_programmers_is_found(judge: Judge):
    """A server that shows its inside is rejected"""
    judge.rejects("check_refusals", "traceback-shown", "a server that answers 500 and a page of HTML")


@check(task=5, points=2, likely="one of the bodies that the docstring names is not sent", read=CONTRACT)
def test_each_bad_body_is_sent(judge: Judge):
    """A server that takes one of the bad bodies, whichever it is, is rejected"""
    for what in ("no JSON", *BAD_BODIES):
        judge.decides("check_refusals", taking(what), f"a server that takes {what}", passes=False)


@check(task=5, points=1, likely="no good picture is sent", read=CONTRACT)
def test_a_server_that_refuses_everything_is_found(judge: Judge):
    """A server that refuses good pictures, too, is rejected"""
    app = refusing("I take no pictures today", everything=True)
    judge.decides("check_refusals", app, "a server that refuses everything", passes=False)


@check(task=5, points=1, likely="nobody looks at what is under `error`", read=CONTRACT)
def test_an_error_without_a_reason_is_found(judge: Judge):
    """A server whose errors say nothing, or show its inside, is rejected"""
    for error in ("", None, 400, 'Traceback (most recent call last): File "server.py", line 7'):
        sent = f"a server whose error is {error!r:.40}"
        judge.decides("check_refusals", refusing(error), sent, passes=False)


# Task 6


@check(task=6, points=1, likely=STRICT, read=ACCEPTANCE)
def test_good_versions_pass(judge: Judge):
    """Two good servers pass"""
    judge.passes("check_versions")


@check(task=6, points=2, likely="the scores of the two versions are not held against each other", read=ACCEPTANCE)
def test_a_stale_version_is_found(judge: Judge):
    """A server whose version 2 is still version 1 is rejected"""
    judge.rejects("check_versions", "stale-version", "a server whose version 2 has the network of version 1")


@check(task=6, points=1, likely="no version is asked for that is not in the list", read=ACCEPTANCE)
def test_a_version_out_of_nowhere_is_found(judge: Judge):
    """A server that has every version is rejected"""
    judge.rejects("check_versions", "any-version", "a server that answers for versions that it does not have")


@check(task=6, points=1, likely="the default is not held against the list of versions", read=ACCEPTANCE)
def test_an_old_default_is_found(judge: Judge):
    """A server whose default is the oldest version is rejected"""
    judge.rejects("check_versions", "old-default", "a server whose default is the oldest version")


@check(task=6, points=1, likely="the version in the card is not looked at", read=ACCEPTANCE)
def test_an_old_card_is_found(judge: Judge):
    """A server that shows an old model card is rejected"""
    judge.rejects("check_versions", "old-card", "a server that shows the card of version 1 at version 2")


# Task 7


@check(task=7, points=1, likely=STRICT, read=LOAD)
def test_good_load_passes(judge: Judge):
    """Two good servers pass, as quick as this machine lets them be"""
    judge.passes("check_load")


@check(task=7, points=2, likely="the requests are sent one after the other, or nobody looks at the clock", read=LOAD)
def test_a_queue_is_found(judge: Judge):
    """A server that is slow when many ask is rejected"""
    judge.rejects("check_load", "slow-under-load", "a server that is slow when many ask at once")


@check(task=7, points=2, likely="the answers to requests at once are not held against those alone", read=LOAD)
def test_crossed_answers_are_found(judge: Judge):
    """A server that mixes up who asked is rejected"""
    judge.rejects("check_load", "answers-crossed", "a server that gives the answers of others when many ask at once")


@check(task=7, points=1, likely="too few requests in a row, or nobody looks at the clock", read=LOAD)
def test_growth_is_found(judge: Judge):
    """A server that gets slower with each request is rejected"""
    judge.rejects("check_load", "slower-each-time", "a server that gets slower with each request")


@check(task=7, points=1, likely="too few requests in a row, or their status is not looked at", read=LOAD)
def test_rare_failures_are_found(judge: Judge):
    """A server that fails one time in ten is rejected"""
    judge.rejects("check_load", "some-fail", "a server that answers each tenth request with 500")
