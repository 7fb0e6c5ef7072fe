"""What the score says of lost points, and only of those; and what a policy cannot change behind the year's back."""

from __future__ import annotations

from dataclasses import replace

from pipeline.season.events import Event
from workbook.season.diary import Diary, Week
from workbook.season.player import Season
from workbook.season.policies import the_reference
from workbook.season.score import score
from workbook.season.service import Rehearsal
from workbook.season.world import Year

EVENTS = (Event("modified", 5, 99),)


def diary() -> Diary:
    return Diary([Week(number, sent=1000, answered=1000, right=850, expected=850.0) for number in range(1, 21)])


def test_where_nothing_is_lost_no_reason_is_given():
    made = diary()
    made.weeks[3].answered -= 1
    made.weeks[6].right -= 10
    parts = score(made, EVENTS)
    assert [(part.points, part.reasons) for part in parts] == [(part.most, ()) for part in parts]


def test_one_false_alarm_is_told_in_the_singular():
    made = diary()
    made.weeks[0].alarm = True
    reasons = {part.name: part.reasons for part in score(made, EVENTS)}
    assert reasons["false alarms"] == ("1 alarm when nothing had changed, the first in week 1",)


def test_a_policy_that_writes_into_its_batch_changes_nothing_but_its_own_copy():
    reference = the_reference()

    def validate(pixels, labels, scores, known):
        keep = reference.validate(pixels, labels, scores, known)
        pixels[:], labels[:] = 0, "bad"
        return keep

    season = Season(
        Year(3, (Event("good labels", 1, 2),), weeks=2, times=0.2, first=300),
        replace(reference, validate=validate),
        Rehearsal(),
    )
    assert len(list(season.play())) == 2
    assert {"good", "fair"} <= set(season._pool.more.labels)
