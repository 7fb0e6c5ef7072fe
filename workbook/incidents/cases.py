"""What a student does with an incident: start it, look, name the cause with evidence, mend it.

What is known of a case is in ``work/incidents/<number>/case.json``, so that one terminal can start it and another
diagnose it; what was said is also in the student's record.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from workbook import record
from workbook.errors import UserError
from workbook.incidents.catalog import INCIDENTS, Incident, find
from workbook.paths import WORK, course_folder

if TYPE_CHECKING:
    from workbook.faults.catalog import Fault
    from workbook.incidents.facts import Facts

FOLDER, CASE = "incidents", "case.json"
LEAST_WORDS = 4  # of evidence


@dataclass
class Case:
    """Times are seconds since the epoch; None for what has not happened. ``tries`` are diagnoses, right and wrong."""

    number: int
    url: str
    started: float
    found: float | None = None
    mended: float | None = None
    tries: int = 0

    @property
    def minutes_to_find(self) -> float | None:
        return self.found and (self.found - self.started) / 60

    @property
    def minutes_to_mend(self) -> float | None:
        return self.mended and (self.mended - self.started) / 60

    @property
    def standing(self) -> str:
        """In a few words: how far it is."""
        found = f"found in {self.minutes_to_find:.1f} min" if self.found else ""
        mended = f"mended in {self.minutes_to_mend:.1f} min" if self.mended else ""
        return ", ".join(filter(None, (found, mended))) or "begun"


@dataclass(frozen=True)
class Verdict:
    """Whether a diagnosis is accepted, and why, or why not."""

    accepted: bool
    reason: str


def folder_of(number: int) -> Path:
    return course_folder() / WORK / FOLDER / str(number)


def case_of(number: int) -> Case | None:
    """What is known of an incident; None if it was never started."""
    path = folder_of(find(number).number) / CASE
    if not path.exists():
        return None
    try:
        return Case(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} cannot be read: remove it, and start the incident again") from error


class Drill:
    """An incident under way: ``url`` of the server, ``folder`` with its log and that of the customers.

    Use it in a ``with`` statement, or call ``stop`` yourself. Raises ``UserError`` for a number that is none.
    """

    def __init__(self, number: int) -> None:
        from workbook.faults.samples import labeled_test_set
        from workbook.servers.process import Server

        incident = find(number)
        if (before := case_of(number)) and _runs(before):
            raise UserError(f"incident {number} runs already, at {before.url}: end it there by Ctrl+C, then start it")
        labeled_test_set()  # which the customers send: if they cannot be fetched, better said now
        self.number = number
        self.folder = folder_of(number)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._server = Server("-m", "workbook.incidents", str(number), str(self.folder), ready="/readyz")
        self.url = self._server.url
        self.report = incident.report
        _save(Case(number, self.url, time.time()))
        record.add(course_folder(), "incident", number=number, what="started")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._server.running

    def diagnose(self, cause: str, evidence: str) -> str:
        """What is said to a diagnosis; see ``diagnose``."""
        return diagnose(self.number, cause, evidence).reason

    def mend(self) -> str:
        return mend(self.number)

    def stop(self) -> None:
        self._server.stop()


def diagnose(number: int, cause: str, evidence: str) -> Verdict:
    """Judge a diagnosis. ``cause`` is the name of a fault, ``evidence`` says what was seen.

    A wrong cause is refused with what it would show, and what this server shows instead, seen on a copy of it. Raises
    ``UserError`` for an incident that was not started, a name that is none, and evidence of fewer than four words.
    """
    from workbook.faults import catalog as faults

    incident, case = find(number), _started(number)
    try:
        named = faults.find(cause.strip().lower())
    except LookupError as error:
        raise UserError(str(error.args[0])) from error
    if len(evidence.split()) < LEAST_WORDS:
        raise UserError('say what you have seen, and where: --evidence "in the log, a tenth of the answers have ..."')
    verdict = judge(incident, named, evidence)
    case.tries += 1
    if verdict.accepted and not case.found:
        case.found = time.time()
    _save(case)
    what = "accepted" if verdict.accepted else "refused"
    record.add(course_folder(), "incident", number=number, what=what, cause=cause, evidence=evidence)
    if verdict.accepted:
        tries = "at the first try" if case.tries == 1 else f"after {case.tries} tries"
        return Verdict(True, f"Accepted, {tries}, {case.minutes_to_find:.1f} minutes in. {verdict.reason}")
    return verdict


def judge(incident: Incident, named: Fault, evidence: str) -> Verdict:
    """Whether the fault ``named`` is behind an incident, and the evidence shows it."""
    from workbook.incidents.signs import SEEN

    if named.name != incident.fault:
        seen = SEEN[named.group](_facts_of(incident.fault))
        return Verdict(False, f"No. With {named.name}, this would be seen: {named.evidence} On this server, {seen}.")
    if not any(sign in evidence.lower() for sign in incident.signs):
        return Verdict(False, f"That may be, but what you have seen does not show it yet. {incident.look}")
    return Verdict(True, f"{named.wrong} {named.evidence}")


def mend(number: int) -> str:
    """Replace the release that has the fault by the one without it, and say how long the users have waited for it."""
    from workbook.incidents.drill import MENDED

    case = _started(number)
    if case.mended:
        return f"It is mended already, {case.minutes_to_mend:.1f} minutes in."
    if not _runs(case):
        raise UserError(f"the server of incident {number} has ended, so there is nothing to mend: start it again")
    (folder_of(number) / MENDED).touch()
    case.mended = time.time()
    _save(case)
    record.add(course_folder(), "incident", number=number, what="mended")
    said = f"The last good release is back, {case.minutes_to_mend:.1f} minutes in."
    if case.found:
        return f"{said} Found in {case.minutes_to_find:.1f} minutes."
    return f"{said} What it was is still to be said: workbook incident {number} --cause NAME --evidence TEXT"


def standings() -> list[tuple[Incident, str]]:
    """Every incident, and how far it is; empty for one that was never started."""
    found = []
    for incident in INCIDENTS:
        case = case_of(incident.number)
        found.append((incident, case.standing if case else ""))
    return found


def _facts_of(fault: str) -> Facts:
    """Of a copy of the server with this fault, as it is after its start."""
    import numpy as np

    from workbook.faults.samples import draw
    from workbook.faults.serving import app_of, running
    from workbook.incidents.facts import examine

    with running(app_of(fault)) as url:
        return examine(url, *draw(np.random.default_rng()))


def _started(number: int) -> Case:
    case = case_of(number)
    if case is None:
        raise UserError(f"incident {number} has not begun: workbook incident {number} starts it")
    return case


def _runs(case: Case) -> bool:
    from workbook.servers.process import answers

    return answers(f"{case.url}/healthz")


def _save(case: Case) -> None:
    path = folder_of(case.number) / CASE
    path.write_text(json.dumps(asdict(case)), encoding="utf-8")
