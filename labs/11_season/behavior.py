"""What ``workbook diff 11`` asks both answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from checks import CHANGES, batch, rows
from checks_release import CHAMPION, better

from workbook.labs.sandbox.student import Student

POLICIES = "pipeline.season.policies"


def behavior(student: Student) -> Iterator[tuple[str, object]]:
    random = np.random.default_rng(11)
    pixels, labels, scores = batch(random, 12)
    pixels[5] = pixels[2]
    none = np.zeros((0, 28, 28), np.uint8)
    for name, given in (("a batch with a copy", labels), ("the same, labels moved by one", np.roll(labels, 1))):
        yield f"validate: {name}", partial(student.call, f"{POLICIES}:validate", pixels, given, scores, none)
    reference, window = rows(random, 200), rows(random, 100)
    yield "detect: a clean window", partial(student.call, f"{POLICIES}:detect", reference, window)
    for what, change in CHANGES.items():
        yield f"detect: {what}", partial(student.call, f"{POLICIES}:detect", reference, change(window))
    chosen = random.dirichlet(np.ones(4), 20)
    yield "choose_labels: 6 of 20", partial(student.call, f"{POLICIES}:choose_labels", chosen, 6)
    for what, challenger in (
        ("better", better()),
        ("has forgotten", better(old=0.6)),
        ("worse on new", better(new=0.4)),
    ):
        yield f"gate: {what}", partial(student.call, f"{POLICIES}:gate", CHAMPION, challenger)
    for asked in ((0.0, 0, 0), (0.1, 20, 0), (0.1, 20, 1), (0.5, 2, 0)):
        yield f"route: {asked}", partial(student.call, f"{POLICIES}:route", *asked)
