"""What came of the checks, as the terminal shows it."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape

from workbook.contracts.checks import Contract, Finding, State

STYLES = {State.KEPT: "green", State.NOT_KEPT: "bold red", State.EXCEPTED: "yellow", State.NOT_TRIED: "dim"}


def show(contract: Contract, findings: list[Finding], console: Console) -> bool:
    """Print a line for each check, and under it what was seen and what to do. Returns whether all is kept."""
    width = max(len(finding.check.name) for finding in findings)
    console.print(contract.title)
    for finding in findings:
        check, style = finding.check, STYLES[finding.state]
        console.print(f"[{style}]{finding.state:9}[/]  {check.name:{width}}  {escape(check.asks)}")
        if finding.state in (State.NOT_KEPT, State.EXCEPTED):
            console.print(f"{'':11}{'':{width}}  seen: {escape(finding.seen)}")
        if finding.state is State.NOT_KEPT:
            console.print(f"{'':11}{'':{width}}  do:   {escape(check.cure)}")
        if finding.state is State.NOT_TRIED:
            console.print(f"{'':11}{'':{width}}  {escape(finding.seen)}")
    count = Counter(finding.state for finding in findings)
    told = ", ".join(f"{count[state]} {state.lower()}" for state in State if count[state])
    console.print(f"{told}. It is written at {contract.source} (read in {contract.read}).")
    return not count[State.NOT_KEPT]
