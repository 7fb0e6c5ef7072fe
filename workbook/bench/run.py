"""One run of the bench, from the contestants to the report."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import requests
from rich.console import Console
from rich.progress import track

from server.model_card import PINNED_MODELS
from workbook.bench.calls import batch_rate
from workbook.bench.load import require_wrk
from workbook.bench.measure import Plan, Sample, measure
from workbook.bench.peers import PEERS, NotInstalled
from workbook.bench.results import Report, Result, summarize
from workbook.bench.servers import BY_NAME, CONTESTANTS, Contestant
from workbook.errors import UserError
from workbook.servers.process import DidNotStart


def choose(names: list[str], peers: bool) -> tuple[Contestant, ...]:
    """The contestants with these names; if none is named, the course's, or with ``peers`` all. Raises ``UserError``."""
    known = {contestant.name.lower().replace(" ", "-"): contestant for contestant in (*CONTESTANTS, *PEERS, *BY_NAME)}
    if unknown := set(names) - known.keys():
        raise UserError(f"no server called {', '.join(sorted(unknown))}; there is {', '.join(known)}")
    if names:
        return tuple(contestant for name, contestant in known.items() if name in names)
    return (*CONTESTANTS, *PEERS) if peers else CONTESTANTS


def compare_servers(contestants: tuple[Contestant, ...], plan: Plan, console: Console) -> Report:
    """Measure the contestants in turn, once per round. One that fails is reported with its error.

    Raises ``UserError`` if ``wrk`` is missing.
    """
    require_wrk()
    outcomes = {contestant: _prepare(contestant, console) for contestant in contestants}
    with tempfile.TemporaryDirectory(prefix="workbook-bench-") as folder:
        models = Path(folder) / "models"
        # Only the clothes: a server of nothing else is not charged for the libraries of another model.
        shutil.copytree(PINNED_MODELS / "clothes", models / "clothes")
        turns = [(number, contestant) for number in range(1, plan.rounds + 1) for contestant in outcomes]
        for number, contestant in track(turns, "Measuring", console=console, transient=True):
            console.print(f"round {number} of {plan.rounds}: {contestant.name}", style="dim", highlight=False)
            if not _error(outcomes[contestant]):
                outcomes[contestant].append(_attempt(contestant, models, plan))
        rate = batch_rate(models)
    results = tuple(_result(contestant, found) for contestant, found in outcomes.items())
    return Report(results, plan.rounds, plan.seconds, rate)


def _prepare(contestant: Contestant, console: Console) -> list[Sample | str]:
    """The list of its outcomes: empty, or with what has already gone wrong."""
    with console.status(f"Getting what {contestant.name} needs"):
        try:
            contestant.prepare()
        except NotInstalled as error:
            return [_in_one_line(error)]
    return []


def _attempt(contestant: Contestant, models: Path, plan: Plan) -> Sample | str:
    """The measurement, or what went wrong, in one line."""
    try:
        return measure(contestant, models, plan)
    except (DidNotStart, RuntimeError, requests.RequestException) as error:
        return _in_one_line(error)


def _in_one_line(error: Exception) -> str:
    """How it begins and how it ends; in between is mostly a traceback."""
    lines = str(error).strip().splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} … {lines[-1]}"


def _error(outcomes: list[Sample | str]) -> str:
    return next((outcome for outcome in outcomes if isinstance(outcome, str)), "")


def _result(contestant: Contestant, outcomes: list[Sample | str]) -> Result:
    if error := _error(outcomes):
        return Result(contestant.name, contestant.workers, error)
    return summarize(contestant, outcomes)
