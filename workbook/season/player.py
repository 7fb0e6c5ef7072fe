"""Plays the year week by week: customers ask, pictures change, labels come, models are trained, tried and replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline.drift.evidence import statistics_of
from pipeline.season.events import going_on
from pipeline.season.learner import Learner, features_of
from pipeline.season.pumpkins import CLASSES
from pipeline.season.world import Picture
from workbook.season.crew import Labeled, Pool, Version, labeled, with_swapped_classes
from workbook.season.diary import Diary, Week
from workbook.season.expectation import expected_right
from workbook.season.policies import Policies
from workbook.season.service import Reply, Service, Split
from workbook.season.world import Year

WINDOW = 100  # pictures
BUDGET = 90  # labels for one alarm
DELAY, LATE = 1, 3  # weeks until labels come
PARTS = 4  # of a week, after each of which the challenger's share may change
FEWEST = 12  # pictures, of which a model is trained
REGISTERED = ("bad model", "broken model")
TROUBLES = ("slow sender", "killed worker")


@dataclass(frozen=True)
class Order:
    """Labels that are paid for, due in week ``due`` and come in ``week``: of ``rows`` of the pictures ``seen`` then,
    (n, 28, 28)."""

    due: int
    week: int
    seen: np.ndarray
    rows: np.ndarray
    labels: list[str]


class Season:
    """One year with these policies and this service. ``diary`` has what happened so far."""

    def __init__(self, year: Year, policies: Policies, service: Service) -> None:
        self._year, self._policies, self._service = year, policies, service
        self.diary = Diary()
        first = year.first_batch()
        self._pool = Pool(labeled(np.stack([picture.pixels for picture in first.pictures]), first.labels))
        self._count = 1
        self._champion = self._pool.trained(1, self._pool.old.pixels)
        self._former = self._champion
        self._challenger: Version | None = None
        self._share, self._tried = 0.0, [0, 0]
        service.deploy(1, self._champion.learner, False)
        service.split(Split(1, 1, 0.0))
        self._window: list[tuple[Picture, np.ndarray]] = []  # with its pixels
        self._orders: list[Order] = []

    def play(self) -> Iterator[Week]:
        """Each week when it is over."""
        for number in range(1, self._year.weeks + 1):
            self.diary.weeks.append(Week(number, overdue=any(order.due < number for order in self._orders)))
            self._happen(number)
            self._answer_customers(number)
            for gift in self._year.gifts(number):
                self._take(gift.source, np.stack([p.pixels for p in gift.pictures]), gift.labels)
            self._receive_labels(number)
            self._look_for_drift(number)
            self._roll_back_if_silent()
            self.diary.weeks[-1].champion = self._champion.number
            yield self.diary.weeks[-1]

    # What comes from outside

    def _happen(self, number: int) -> None:
        for event in self._year.events:
            if event.start == number and event.name in REGISTERED:
                self._challenge(self._registered(event.name))
            if event.on(number) and event.name in TROUBLES:
                self._service.suffer(event.name)

    def _registered(self, name: str) -> Version:
        self._count += 1
        if name == "bad model":
            return with_swapped_classes(self._champion, self._count)
        return replace(self._champion, number=self._count, origin=name, broken=True)

    def _answer_customers(self, number: int) -> None:
        pictures = self._year.pictures(number)
        for part in range(PARTS):
            mine = pictures[part::PARTS]
            keys = [f"{number}-{part}-{row}" for row in range(len(mine))]
            self._write_down(number, mine, self._service.ask(mine, keys))
            self._go_on_with_challenger()

    def _write_down(self, number: int, pictures: list[Picture], answers: list[Reply]) -> None:
        week = self.diary.weeks[-1]
        for picture, answer in zip(pictures, answers, strict=True):
            came = answer.scores is not None
            tried = self._challenger is not None and answer.version == self._challenger.number
            version = self._challenger if tried else self._champion
            right = came and CLASSES[int(answer.scores.argmax())] == picture.label
            week.sent += 1
            week.answered += came
            week.right += right
            week.expected += expected_right(picture.kind, going_on(self._year.events, "lamp", number))
            if not right:
                week.blame[version.origin] += 1
            if tried:
                self._tried[not came] += 1
            if came:
                self._window.append((picture, answer.pixels))
        self._window = self._window[-WINDOW:]

    # The five decisions

    def _take(self, source: str, pixels: np.ndarray, labels: list[str]) -> int:
        """Validate a batch and keep what passes; returns how many pictures that is."""
        batch = labeled(pixels, labels)
        scores = self._champion.learner.scores(batch.features)
        keep = self._policies.ask("validate", batch.pixels.copy(), batch.labels.copy(), scores, self._pool.known())
        kept = int(keep.sum())
        self.diary.note(f"{source}: {kept} of {len(batch)} labels kept")
        if kept:
            self._pool.add(batch.take(keep), _stain(source, batch, keep))
        return kept

    def _look_for_drift(self, number: int) -> None:
        """Ask ``detect``, unless something is under way already: labels, or a challenger."""
        if self._orders or self._challenger or len(self._window) < WINDOW // 2:
            return
        pixels = np.stack([pixels for _, pixels in self._window])
        before = self._champion.before
        if not self._policies.ask("detect", _rows(self._champion.seen, before), _rows(pixels, before)):
            return
        self.diary.weeks[-1].alarm = True
        scores = self._champion.learner.scores(features_of(pixels))
        chosen = self._policies.ask("choose_labels", scores.copy(), BUDGET)
        if not len(chosen):
            self.diary.note("an alarm; the model's own answers are taken as labels")
            answers = [CLASSES[best] for best in scores.argmax(axis=1)]
            return self._train_on("own answers", Order(number, number, pixels, np.arange(len(pixels)), answers))
        pictures = [self._window[row][0] for row in chosen]
        weeks = LATE if going_on(self._year.events, "late labels", number) else DELAY
        self.diary.labels += len(chosen)
        self.diary.note(f"an alarm; {len(chosen)} labels bought, to come in {weeks} week{'s' if weeks > 1 else ''}")
        labels = self._year.jens_labels(number, pictures)
        self._orders.append(Order(number + DELAY, number + weeks, pixels, chosen, labels))

    def _receive_labels(self, number: int) -> None:
        for order in [order for order in self._orders if order.week <= number]:
            self._orders.remove(order)
            self._train_on("Jen", order)

    def _train_on(self, source: str, order: Order) -> None:
        if self._take(source, order.seen[order.rows], order.labels) < FEWEST:
            return self.diary.note("too few labels are left to train a model")
        self._count += 1
        self.diary.retrainings += 1
        self._challenge(self._pool.trained(self._count, order.seen, self._champion.learner))

    def _challenge(self, version: Version) -> None:
        reports = [self._pool.report(one.learner) for one in (self._champion, version)]
        passed = self._policies.ask("gate", *reports)
        accuracies = ", ".join(
            f"{name} {_percent(reports[0][name])} → {_percent(reports[1][name])}" for name in ("old", "new")
        )
        what = f"version {version.number}{f' ({version.origin})' if version.origin else ''}"
        self.diary.note(f"{what} {'passes' if passed else 'is stopped by'} the gate: {accuracies}")
        if passed:
            self._challenger, self._share, self._tried = version, 0.0, [0, 0]
            self._service.deploy(version.number, version.learner, version.broken)
            self._go_on_with_challenger()

    def _go_on_with_challenger(self) -> None:
        if self._challenger is None:
            return
        share = self._policies.ask("route", self._share, *self._tried)
        changed, self._share = share != self._share, share
        if changed:
            self._tried = [0, 0]
        if share == 0:
            self.diary.note(f"version {self._challenger.number} is withdrawn")
            self._answer_by_one(self._champion)
        elif share == 1:
            self.diary.note(f"version {self._challenger.number} is the champion")
            self._former = self._champion
            self._answer_by_one(self._challenger)
        elif changed:
            self._service.split(Split(self._champion.number, self._challenger.number, share))

    def _answer_by_one(self, version: Version) -> None:
        self._champion, self._challenger, self._share = version, None, 0.0
        self._service.split(Split(version.number, version.number, 0.0))

    def _roll_back_if_silent(self) -> None:
        """After a week in which hardly anything was answered Jen herself puts the former model back."""
        week = self.diary.weeks[-1]
        if self._champion.broken and week.answered < week.sent / 2:
            self.diary.note(f"nothing is answered; Jen puts version {self._former.number} back")
            self._answer_by_one(self._former)


def play(
    year: Year, policies: Policies, service: Service, told: Callable[[Season], None] = lambda season: None
) -> Diary:
    """The whole year; ``told`` is called after each week."""
    season = Season(year, policies, service)
    for _ in season.play():
        told(season)
    return season.diary


def _rows(pixels: np.ndarray, learner: Learner) -> np.ndarray:
    """What ``detect`` gets of pictures: floats (n, 9), the last how sure ``learner`` is."""
    return np.column_stack([statistics_of(pixels), learner.scores(features_of(pixels)).max(axis=1)])


def _stain(source: str, batch: Labeled, keep: np.ndarray) -> str:
    """What should not have been kept of a batch, as a name for the report."""
    if source == "melons":
        answers_to_melons = keep & (batch.labels == "good")
        return "melons" if answers_to_melons.mean() > 0.4 else ""
    return source if source in {"poisoned labels", "own answers"} else ""


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"
