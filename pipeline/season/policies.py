"""The five decisions that get a service through a year: what to keep, when to worry, what to buy, what to let pass."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from server.production.monitoring.measures import distance_of_values

CLASSES = ("bad", "fair", "good", "watermelon")
ALIKE = 4.0  # levels of 255, on the average of two pictures' pixels: nearer ones are the same picture
SURE = 0.9
AGREEMENT = 0.45  # of a batch's labels with the champion's answers; in the worst drift it is more
FAR = 1.6  # times the root of 1/n + 1/m, by which windows of n and m pictures differ by chance
SLACK = {"old": 0.05, "new": 0.12}  # of some hundred test pictures, and of some thirty
WORST_CLASS = 0.25
STEPS = (0.25, 0.5, 1.0)
ENOUGH = 2  # answers


def validate(pixels: np.ndarray, labels: np.ndarray, scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which pictures of a labeled batch to keep for training: a bool for each, shape (n,).

    ``pixels`` uint8 (n, 28, 28), ``labels`` (n,) out of ``CLASSES`` as somebody gave them, ``scores`` (n, 4) of the
    champion for these pictures, a column for each of ``CLASSES``, and ``known`` uint8 (m, 28, 28) the pictures that are
    kept already; m may be 0.

    Drop a picture that is there twice, in ``known`` or earlier in the batch: the same pixels, or nearly, since a copy
    that was saved again differs by a few levels (up to ``ALIKE`` on the average; different pictures differ by more).
    Drop a picture whose label and champion disagree about what is a watermelon, if the champion is ``SURE``. If less
    than ``AGREEMENT`` of the labels are the champion's own answers, the batch is poisoned: keep none of it. A new kind
    of pumpkin lowers the agreement, too, but not so far.
    """
    answers = np.array(CLASSES)[scores.argmax(axis=1)]
    if not len(labels) or (answers == labels).mean() < AGREEMENT:
        return np.zeros(len(labels), bool)
    at_odds = (answers == "watermelon") != (labels == "watermelon")
    keep = ~(at_odds & (scores.max(axis=1) >= SURE))
    everything = np.concatenate([known, pixels]).reshape(len(known) + len(pixels), -1).astype(np.float32)
    distances = cdist(everything[len(known) :], everything, "cityblock") / everything.shape[1]
    for row, far in enumerate(distances):
        keep[row] &= far[: len(known) + row].min(initial=np.inf) > ALIKE
    return keep


def detect(reference: np.ndarray, window: np.ndarray) -> bool:
    """Whether the newest pictures differ so much from those of the reference that labels should be bought.

    ``reference`` (n, 9) and ``window`` (m, 9) have a row for each picture: the eight statistics of
    ``pipeline.drift.evidence``, and the highest score of the model before the champion, which has learned from none of
    them. The reference is from the time when the champion's labels were bought, the window is the newest hundred
    pictures, or fewer. An alarm buys labels and trains a model, whether something was wrong or not; no alarm leaves the
    champion alone with whatever has come. The year asks fifty times, and pictures of the same kind differ by chance.

    Here the three largest of the columns' distances are averaged: chance is large in one column or another, a change of
    light or of pumpkins in several. Chance alone goes beyond ``FAR`` about once in two hundred weeks.
    """
    columns = range(reference.shape[1])
    far = [distance_of_values(np.sort(reference[:, column]), window[:, column]) for column in columns]
    return bool(np.mean(np.sort(far)[-3:]) > FAR * np.sqrt(1 / len(reference) + 1 / len(window)))


def choose_labels(scores: np.ndarray, budget: int) -> np.ndarray:
    """The pictures that Jen is paid to label: different row numbers of ``scores``, at most ``budget``, as integers.

    ``scores`` (n, 4) are the champion's for the newest pictures, a column for each of ``CLASSES``. A label of a picture
    about which the champion is in doubt teaches more. But the labels also say how good the next model is, and doubtful
    pictures alone are not like the rest. Of the rows here, one half are the most doubtful, those whose two highest
    scores differ least; the other half are spread evenly over the rest.

    No row at all is an answer, too: then the champion's own answers are the labels, and cost nothing.
    """
    highest = np.sort(scores, axis=1)
    doubtful = np.argsort(highest[:, -1] - highest[:, -2], kind="stable")
    budget = min(budget, len(scores))
    first, rest = doubtful[: budget // 2], np.sort(doubtful[budget // 2 :])
    places = np.linspace(0, len(rest) - 1, budget - len(first)).round().astype(int)
    return np.concatenate([first, rest[places]])


def gate(champion: dict, challenger: dict) -> bool:
    """Whether the challenger may be tried with customers.

    Both reports are about the same test pictures, labeled ones that neither was trained on: ``old`` is the accuracy on
    those from before the year, ``new`` on those of the newest batch, and ``classes`` the accuracy on each class, over
    both. A class without test pictures is not in ``classes``; ``new`` is None if there is no newest batch.

    The challenger passes if it is not worse on ``old`` and ``new`` by more than ``SLACK``, and on no class by more than
    ``WORST_CLASS``: of a few pictures, small differences are chance.
    """
    pairs = [(champion[name], challenger[name], SLACK[name]) for name in ("old", "new") if champion[name] is not None]
    pairs += [(accuracy, challenger["classes"][name], WORST_CLASS) for name, accuracy in champion["classes"].items()]
    return all(theirs >= ours - slack - 1e-9 for ours, theirs, slack in pairs)


def route(share: float, answered: int, failed: int) -> float:
    """The challenger's next share of the requests: 0 withdraws it, 1 makes it the champion.

    ``share`` is what it has now, 0 when it has just passed the gate. With this share it was asked ``answered + failed``
    times and gave no answer ``failed`` times. Whatever fails is withdrawn. One that answers goes up, in two steps or
    more, of which the first is at most 0.25, as by the ``STEPS``; before ``ENOUGH`` answers have come, its share stays
    as it is.
    """
    if failed:
        return 0.0
    if share and answered < ENOUGH:
        return share
    return next((step for step in STEPS if step > share), 1.0)
