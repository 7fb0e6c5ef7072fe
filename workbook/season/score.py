"""A hundred points for a year, and the reason for each that is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.season.events import EVENTS, HARMFUL, Event, pictures_may_change
from workbook.season.diary import Diary, Week

AVAILABILITY, ACCURACY, RECOVERY, FALSE_ALARMS, LABELS, RETRAININGS = 15, 35, 20, 10, 10, 10
ANSWERED = (0.98, 0.995)  # share of requests for no points, and for all
BEHIND = (0.14, 0.05)  # mean accuracy behind that of a model that has seen all kinds
RECOVERED_IN = (14, 8)  # weeks
NEAR = 0.07  # as near as this to what can be had is recovered
SMOOTH = 3  # weeks
EACH_FALSE_ALARM = 2.5
BOUGHT = (1600, 600)
PAID = (16, 7)
GRACE = 3  # weeks after an event begins, in which whatever happens is its doing


@dataclass(frozen=True)
class Part:
    """Points for one thing that counts. ``reasons`` say where the rest was lost, the worst first."""

    name: str
    points: float
    most: int
    reasons: tuple[str, ...] = ()


def score(diary: Diary, events: tuple[Event, ...]) -> list[Part]:
    """The parts of the score, for a year that is over.

    What is saved counts for the share of the events that the service got over, soon or late: a model that nobody
    touches buys no labels.
    """
    took = _weeks_to_recover(diary, events)
    recovery = _recovery(took)
    in_time = [weeks is not None and weeks < RECOVERED_IN[0] for weeks in took.values()]
    healthy = float(np.mean(in_time or [True]))
    thrift = [_false_alarms(diary, events), _bought(diary), _paid(diary)]
    thrift = [_only_if_healthy(part, healthy) for part in thrift]
    parts = [_availability(diary), _accuracy(diary, events), recovery, *thrift]
    return [part if part.points < part.most else replace(part, reasons=()) for part in parts]


def total(parts: list[Part]) -> float:
    return sum(part.points for part in parts)


def _scaled(value: float, bounds: tuple[float, float], most: int) -> float:
    """``most`` points at the second bound and beyond, none at the first."""
    none, full = bounds
    return most * float(np.clip((value - none) / (full - none), 0, 1))


def _availability(diary: Diary) -> Part:
    sent, answered = sum(w.sent for w in diary.weeks), sum(w.answered for w in diary.weeks)
    worst = sorted((w for w in diary.weeks if w.answered < w.sent), key=lambda w: w.answered - w.sent)
    reasons = [
        f"week {w.number}: {w.sent - w.answered} of {w.sent} requests got no answer{_origin_of(w)}" for w in worst[:3]
    ]
    return Part("availability", _scaled(answered / sent, ANSWERED, AVAILABILITY), AVAILABILITY, tuple(reasons))


def _origin_of(week: Week) -> str:
    origin = next((origin for origin, _ in week.blame.most_common() if origin in EVENTS), "")
    return f" ({origin}: {EVENTS[origin]})" if origin else ""


def _accuracy(diary: Diary, events: tuple[Event, ...]) -> Part:
    """Of the weeks in which no labels were overdue: nothing that anybody decides would have brought them sooner."""
    weeks = [week for week in diary.weeks if not week.overdue]
    behind = sum(w.expected - w.right for w in weeks) / sum(w.sent for w in weeks)
    lost: dict[str, float] = {}
    for week in weeks:
        name = _to_blame(week, events)
        lost[name] = lost.get(name, 0.0) + week.expected - week.right
    worst = sorted(((name, count) for name, count in lost.items() if name and count >= 1), key=lambda pair: -pair[1])
    reasons = [f"{name}: {count:.0f} more wrong answers than needed ({_what(name)})" for name, count in worst[:3]]
    return Part("accuracy", _scaled(behind, BEHIND, ACCURACY), ACCURACY, tuple(reasons))


def _what(name: str) -> str:
    if name == "own answers":
        return "a model was trained on its own answers"
    return EVENTS[name]


def _to_blame(week: Week, events: tuple[Event, ...]) -> str:
    """The event that a week's wrong answers come from: what its model is made of, or what the pictures show."""
    made_of = [name for name, _ in week.blame.most_common() if name]
    if made_of and week.blame[made_of[0]] > sum(week.blame.values()) / 2:
        return made_of[0]
    started = [
        e
        for e in events
        if e.name in {*HARMFUL, "melons"} and (e.on(week.number) or week.number - e.end in range(GRACE))
    ]
    return max(started, key=lambda event: event.start).name if started else ""


def _weeks_to_recover(diary: Diary, events: tuple[Event, ...]) -> dict[Event, int | None]:
    """How long each harmful event was felt, without the weeks in which labels were overdue; None: until its end."""
    weeks = diary.weeks
    behind = np.array([week.attainable - week.accuracy for week in weeks])
    harmful = [event for event in events if event.name in HARMFUL and event.start + RECOVERED_IN[1] <= len(weeks)]
    took = {event: _weeks_until_near(behind, event) for event in harmful}
    overdue = {event: sum(week.overdue for week in weeks if event.on(week.number)) for event in harmful}
    return {event: None if felt is None else max(0, felt - overdue[event]) for event, felt in took.items()}


def _recovery(took: dict[Event, int | None]) -> Part:
    points, reasons = 0.0 if took else float(RECOVERY), []
    for event, weeks in took.items():
        share = RECOVERY / len(took)
        got = 0.0 if weeks is None else _scaled(weeks, RECOVERED_IN, 1) * share
        points += got
        if got < share - 0.05:
            told = "never recovered" if weeks is None else f"recovered after {weeks} weeks"
            reasons.append(f"{event.name}, from week {event.start} on: {told} ({EVENTS[event.name]})")
    return Part("recovery", points, RECOVERY, tuple(reasons))


def _weeks_until_near(behind: np.ndarray, event: Event) -> int | None:
    """Weeks from the event's begin until the service is near what can be had, and stays there; None if it never is.

    The mean of ``SMOOTH`` weeks tells when, but three weeks may be good by chance: the mean up to the event's end tells
    whether it was more than that.
    """
    for week in range(event.start + 1, min(event.end, len(behind) - SMOOTH + 2)):
        rest = behind[week - 1 : event.end - 1]
        if rest[:SMOOTH].mean() <= NEAR and rest.mean() <= NEAR:
            return week - event.start
    return None


def _false_alarms(diary: Diary, events: tuple[Event, ...]) -> Part:
    false = [w.number for w in diary.weeks if w.alarm and not pictures_may_change(events, w.number)]
    alarms = "1 alarm" if len(false) == 1 else f"{len(false)} alarms"
    reasons = (f"{alarms} when nothing had changed, the first in week {false[0]}",) if false else ()
    return Part("false alarms", max(0.0, FALSE_ALARMS - EACH_FALSE_ALARM * len(false)), FALSE_ALARMS, reasons)


def _bought(diary: Diary) -> Part:
    points = _scaled(diary.labels, BOUGHT, LABELS)
    return Part("labels", points, LABELS, (f"{diary.labels} labels bought",) if points < LABELS else ())


def _paid(diary: Diary) -> Part:
    points = _scaled(diary.retrainings, PAID, RETRAININGS)
    reasons = (f"{diary.retrainings} models trained",) if points < RETRAININGS else ()
    return Part("retrainings", points, RETRAININGS, reasons)


def _only_if_healthy(part: Part, healthy: float) -> Part:
    if healthy > 0.99:
        return part
    reason = f"only {healthy:.0%} of it counts: that is the share of the changes that the service got over in time"
    return Part(part.name, part.points * healthy, part.most, (*part.reasons, reason))
