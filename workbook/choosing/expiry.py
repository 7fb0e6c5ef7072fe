"""Which claims on tools are too old to be repeated? ``python -m workbook.choosing.expiry``, each week in CI.

A claim expires a year after somebody read its source. A tool whose registry shows no release for a year must say so
(``silent_since``), and one that says so must not have had a release since.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from rich.console import Console
from rich.progress import track
from rich.table import Table

from workbook.choosing.claims import Claim, Tool, read_claims, sourced_rules
from workbook.choosing.releases import last_release
from workbook.errors import UserError

YEAR = timedelta(days=365)


def expired(claims: list[Claim], today: date) -> Iterator[str]:
    """A line for each claim whose source was read more than a year ago."""
    for claim in claims:
        if today - claim.checked > YEAR:
            yield f"read {claim.source} again (last on {claim.checked}): {claim.text}"


def silence(tool: Tool, released: date, today: date) -> Iterator[str]:
    """A line if what ``claims.toml`` says of the tool's releases does not fit ``released``, the day of its newest."""
    if tool.silent_since and released > tool.silent_since:
        yield f"{tool.name} is said to be silent since {tool.silent_since}, and had a release on {released}"
    elif not tool.silent_since and today - released > YEAR:
        yield f"{tool.name} had its last release on {released}: say so, and set silent_since"


def examine(tools: list[Tool], today: date, ask: Callable[[str], date]) -> tuple[Table, list[str]]:
    """A table of the tools with their releases and claims, and a line for each thing to do."""
    table = Table("tool", "last release", "oldest claim")
    to_do = list(expired(sourced_rules(), today))
    console = Console(stderr=True)
    for tool in track(tools, "Asking the registries", console=console, transient=True, disable=not console.is_terminal):
        released = ask(tool.package) if tool.package else None
        to_do += expired(list(tool.claims), today)
        to_do += silence(tool, released, today) if released else []
        oldest = min(claim.checked for claim in tool.claims)
        table.add_row(tool.name, str(released or "no package"), str(oldest))
    return table, to_do


def main() -> int:
    try:
        table, to_do = examine(read_claims(), date.today(), last_release)
    except UserError as error:
        print(f"{error}. It takes a network", file=sys.stderr)
        return 2
    console = Console(soft_wrap=True)
    console.print(table)
    for line in to_do:
        console.print(line, markup=False, highlight=False)
    return 1 if to_do else 0


if __name__ == "__main__":
    sys.exit(main())
