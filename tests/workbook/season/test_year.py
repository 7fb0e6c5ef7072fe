"""A short year, without a server and with one: what goes wrong where a decision is missing, and what is blamed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pipeline.season.events import Event
from pipeline.season.learner import features_of
from tests.conftest import ROOT
from workbook.errors import UserError
from workbook.labs.authoring.manifest import find_lab
from workbook.labs.authoring.starter import starter_files
from workbook.season.commands import app
from workbook.season.diary import Diary, Week
from workbook.season.live_server import LiveServer
from workbook.season.player import play
from workbook.season.policies import NAMES, Policies, policies_in, rehearse, the_reference
from workbook.season.score import score, total
from workbook.season.service import Rehearsal
from workbook.season.table import NAIVE
from workbook.season.view import save_figure
from workbook.season.world import Year

REFERENCE = the_reference()
EVENTS = (
    Event("slow sender", 1, 2),
    Event("killed worker", 2, 3),
    Event("modified", 2, 99),
    Event("poisoned labels", 3, 4),
    Event("bad model", 6, 7),
    Event("broken model", 7, 8),
)


@pytest.fixture(scope="module")
def year() -> Year:
    """Eight weeks, and 300 pictures before them. Each picture is drawn once, and read once, for all who play it."""
    return Year(3, EVENTS, weeks=8, times=0.8, first=300)


@pytest.fixture(scope="module")
def diaries(year) -> dict[str, Diary]:
    everybody = {"reference": REFERENCE, **NAIVE}
    return {name: play(year, policies, Rehearsal()) for name, policies in everybody.items()}


def wrong(diary: Diary, first: int = 1) -> int:
    return sum(week.sent - week.right for week in diary.weeks if week.number >= first)


def reasons(year: Year, diary: Diary) -> str:
    return "\n".join(reason for part in score(diary, year.events) for reason in part.reasons)


def told(diary: Diary) -> str:
    return "\n".join(text for _, text in diary.notes)


def test_the_reference_stops_what_is_bad_and_learns_what_is_new(diaries):
    notes = told(diaries["reference"])
    assert "poisoned labels: 0 of 80 labels kept" in notes
    assert "(bad model) is stopped by the gate" in notes
    assert diaries["reference"].retrainings >= 1
    assert diaries["reference"].weeks[-1].champion > 1


def test_the_same_year_again_is_the_same_and_how_sure_is_told_by_a_model_that_learned_from_neither(year, diaries):
    service, bought, asked = Rehearsal(), {}, []

    def choose_labels(scores, budget):
        bought["rows"] = REFERENCE.choose_labels(scores, budget)
        return bought["rows"]

    def validate(pixels, *others):
        bought["pixels"] = pixels
        return REFERENCE.validate(pixels, *others)

    def detect(reference, window):
        asked.append((reference, dict(bought)))
        return REFERENCE.detect(reference, window)

    policies = replace(REFERENCE, choose_labels=choose_labels, validate=validate, detect=detect)
    assert play(year, policies, service) == diaries["reference"]
    at_first = asked[0][0]
    reference, of = next(pair for pair in asked if not np.array_equal(pair[0], at_first))  # of the second champion
    features = features_of(of["pixels"])
    sure = {number: learner.scores(features).max(axis=1) for number, learner in service.learners.items()}
    assert [n for n in sure if np.allclose(sure[n], reference[of["rows"], -1], atol=1e-4)] == [1]


def test_weeks_in_which_labels_are_overdue_are_marked(year):
    late = replace(year, events=(*EVENTS, Event("late labels", 2, 5)), weeks=6)
    diary = play(late, REFERENCE, Rehearsal())
    alarm = next(week.number for week in diary.weeks if week.alarm)
    assert "to come in 3 weeks" in told(diary)
    assert [week.number for week in diary.weeks if week.overdue] == [alarm + 2, alarm + 3]


def test_who_never_retrains_pays_nothing_and_stays_wrong(year, diaries):
    never = diaries["never retrain"]
    assert (never.labels, never.retrainings) == (0, 0)
    assert wrong(never, 5) > wrong(diaries["reference"], 5)
    assert "genetically modified pumpkins" in reasons(year, never)


def test_who_always_retrains_pays_for_it(diaries):
    assert diaries["always retrain"].labels > diaries["reference"].labels
    assert diaries["always retrain"].retrainings > diaries["reference"].retrainings


def test_without_a_gate_the_bad_model_answers_and_the_report_says_so(year, diaries):
    assert wrong(diaries["no gate"], 6) > wrong(diaries["reference"], 6) + 15
    assert "bad model" in reasons(year, diaries["no gate"])
    assert "bad model" not in reasons(year, diaries["reference"])


def test_without_validation_poison_is_learned_and_the_report_says_so(year, diaries):
    assert "poisoned labels: 80 of 80 labels kept" in told(diaries["no validation"])
    assert sum(week.blame["poisoned labels"] for week in diaries["no validation"].weeks) > 0
    assert sum(week.blame["poisoned labels"] for week in diaries["reference"].weeks) == 0


def test_own_answers_cost_nothing_and_teach_nothing(diaries):
    assert diaries["own answers"].labels == 0
    assert diaries["own answers"].retrainings >= 1
    assert wrong(diaries["own answers"], 5) > wrong(diaries["reference"], 5)


def test_a_broken_model_for_everybody_at_once_leaves_customers_without_an_answer(year, diaries):
    lost = {name: sum(w.sent - w.answered for w in diaries[name].weeks) for name in ("all at once", "reference")}
    assert lost["all at once"] > 10 * max(1, lost["reference"]) / 2
    assert "requests got no answer (broken model" in reasons(year, diaries["all at once"])


def test_a_real_server_gives_the_same_year_although_a_worker_is_killed(year, diaries):
    with LiveServer() as server:
        live = play(year, REFERENCE, server)
    rehearsed = diaries["reference"]
    lost = [ours.answered - its.answered for its, ours in zip(live.weeks, rehearsed.weeks, strict=True)]
    assert lost[0] == sum(lost[2:]) == 0 <= lost[1] <= 2, "a worker that is killed takes along what it was answering"
    assert abs(wrong(live) - wrong(rehearsed)) <= 3  # the server's scores are float32
    assert live.notes == rehearsed.notes


# The score


def diary(**changes: object) -> Diary:
    """Twenty weeks in which all goes as well as it can."""
    weeks = [Week(number, sent=100, answered=100, right=85, expected=85.0) for number in range(1, 21)]
    return Diary(weeks, **changes)


MODIFIED = (Event("modified", 5, 99),)


def points(diary: Diary, events: tuple[Event, ...] = MODIFIED) -> dict[str, float]:
    return {part.name: part.points for part in score(diary, events)}


def test_a_year_without_fault_gets_every_point():
    assert total(score(diary(), MODIFIED)) == 100


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda d: setattr(d.weeks[3], "answered", 0), "availability"),
        (lambda d: [setattr(week, "right", 60) for week in d.weeks[10:]], "accuracy"),
        (lambda d: [setattr(week, "right", 60) for week in d.weeks[4:15]], "recovery"),
        (lambda d: setattr(d.weeks[2], "alarm", True), "false alarms"),
        (lambda d: setattr(d, "labels", 2000), "labels"),
        (lambda d: setattr(d, "retrainings", 20), "retrainings"),
    ],
)
def test_each_fault_costs_points_of_its_part_and_has_a_reason(change, part):
    made = diary()
    change(made)
    parts = {one.name: one for one in score(made, MODIFIED)}
    assert parts[part].points < parts[part].most
    assert parts[part].reasons


def test_an_alarm_while_the_new_kind_comes_is_no_false_one():
    made = diary()
    made.weeks[6].alarm = True
    assert points(made)["false alarms"] == 10


def test_what_is_saved_counts_nothing_if_the_service_never_recovers():
    made = diary()
    for week in made.weeks[4:]:
        week.right = 50
    assert points(made)["recovery"] == points(made)["labels"] == points(made)["retrainings"] == 0


def test_what_is_saved_counts_in_full_if_it_recovers_late():
    made = diary()
    for week in made.weeks[4:15]:
        week.right = 60
    assert points(made)["recovery"] < 20
    assert points(made)["labels"] == points(made)["retrainings"] == 10


def test_nobody_pays_for_labels_that_are_overdue():
    made = diary()
    for week in made.weeks[4:15]:
        week.right, week.overdue = 60, True
    assert total(score(made, MODIFIED)) == 100


def test_a_week_without_answers_costs_all_of_availability():
    made = diary()
    made.weeks[9].answered = 0
    assert points(made)["availability"] == 0


# What a student's file may answer


@pytest.mark.parametrize(
    ("policy", "answer", "said"),
    [
        ("validate", lambda *_: [True], "validate must return"),
        ("detect", lambda *_: "no", "detect must return True or False"),
        ("choose_labels", lambda *_: np.array([0, 0]), "different row numbers"),
        ("choose_labels", lambda *_: np.arange(95), "at most 90"),
        ("gate", lambda *_: 0.5, "gate must return True or False"),
        ("route", lambda *_: 1.5, "a share from 0 to 1"),
        ("route", lambda *_: {}["x"], "route raised KeyError"),
    ],
)
def test_an_answer_that_cannot_be_used_ends_the_year_in_one_line(policy, answer, said):
    arguments = {"validate": [None, [1, 2]], "choose_labels": [np.zeros((100, 4)), 90]}.get(policy, [0.0, 0, 0])
    with pytest.raises(UserError, match=said):
        replace(REFERENCE, **{policy: answer}).ask(policy, *arguments)


def starter(folder) -> Policies:
    path = folder / "policies.py"
    path.write_text(starter_files(find_lab("11"))["policies.py"])
    return policies_in(path)


def test_an_empty_answer_scores_nothing(year, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError, match="is not written yet, so the season scores 0 points"):
        play(year, starter(tmp_path), Rehearsal())


@pytest.mark.parametrize("missing", NAMES)
def test_a_policy_that_is_missing_is_told_before_the_year_begins(tmp_path, missing):
    unwritten = getattr(starter(tmp_path), missing)
    with pytest.raises(UserError, match=f"{missing} is not written yet"):
        rehearse(replace(REFERENCE, **{missing: unwritten}))


def test_the_reference_passes_the_rehearsal():
    rehearse(REFERENCE)


def test_a_file_that_is_no_answer_is_refused(tmp_path):
    (tmp_path / "policies.py").write_text("def validate(): pass\n")
    with pytest.raises(UserError, match="has no function detect, choose_labels, gate, route"):
        policies_in(tmp_path / "policies.py")


def test_the_command_says_what_to_do_if_the_lab_is_not_started(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "labs").symlink_to(ROOT / "labs")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "workbook", "season", "--fast"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "lab 11 is not started yet: workbook start 11" in result.stderr


def test_the_command_has_an_example():
    assert "Example: workbook season --fast --seed 3" in CliRunner().invoke(app, ["--help"]).output


def test_the_figure_has_its_text(diaries, tmp_path):
    alt = save_figure(diaries["reference"], EVENTS, tmp_path / "season.png")
    assert "Accuracy of the service by week" in alt
    assert Image.open(tmp_path / "season.png").text["Description"] == alt
