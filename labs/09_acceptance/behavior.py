"""What `workbook diff 09` compares: what both say of the same servers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from judge import Judge

from workbook.faults.catalog import FAULTS
from workbook.faults.serving import GOOD
from workbook.labs.checks.assertions import Student


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each server, and a call that tells whether the test of its group lets it pass."""
    judge = Judge(student)
    groups = dict.fromkeys(fault.group for fault in FAULTS)
    for name in GOOD:
        for group in groups:
            yield f"{name}, {group}", partial(judge.verdict, f"check_{group}", name)
    for fault in FAULTS:
        yield fault.name, partial(judge.verdict, f"check_{fault.group}", fault.name)
