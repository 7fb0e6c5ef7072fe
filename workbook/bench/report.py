"""What the bench prints: how fast the servers are, how they compare, what they take, and what the course promises."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from workbook.bench.results import Report, Result
from workbook.bench.servers import COURSE_NOTES, FLOOR

NONE = "-"
LOAD_HEADINGS = ("Server", "clients", "req/s", "CPU ms/req", "p50 ms", "p99 ms", "failed")
RATIO_HEADINGS = ("Server", "to course notes", "to floor", "to best peer")
FOOTPRINT_HEADINGS = ("Server", "workers", "ready s", "MB (RSS)", "MB (PSS)")


def show(report: Report, console: Console) -> None:
    """Print all of it."""
    measured = [result for result in report.results if not result.error]
    loads = _table(f"One image a request; medians of {report.rounds} x {report.seconds} s", LOAD_HEADINGS)
    for result in measured:
        for cells in load_cells(result):
            loads.add_row(*cells)
        loads.add_section()
    clients = " · ".join(str(count) for count in report.clients())
    ratios = _table(f"Requests a second, as multiples, at {clients} clients", RATIO_HEADINGS)
    footprints = _table("Start-up, and memory after the loads", FOOTPRINT_HEADINGS)
    for result in measured:
        ratios.add_row(*ratio_cells(report, result))
        footprints.add_row(*footprint_cells(result))
    footprints.caption = "RSS: sum over the processes. PSS: the same, but what they share counted once."
    for table in (loads, ratios, footprints, _verdicts(report)):
        console.print(table)
    for result in report.results:
        if result.error:
            console.print(f"{result.name} could not be measured: {result.error}", style="bold", markup=False)


def load_cells(result: Result) -> list[tuple[str, ...]]:
    """What stands under ``LOAD_HEADINGS``: a line for each number of clients."""
    return [
        (result.name, str(clients), *map(number, (row.rate, row.cpu_ms, row.p50_ms, row.p99_ms)), str(row.failed))
        for clients, row in result.rows.items()
    ]


def ratio_cells(report: Report, result: Result) -> tuple[str, ...]:
    """What stands under ``RATIO_HEADINGS``; in each cell a ratio for each number of clients."""
    to_notes = [report.ratio(row, COURSE_NOTES, clients) for clients, row in result.rows.items()]
    to_floor = [report.ratio(row, FLOOR, clients) for clients, row in result.rows.items()]
    to_peer = [report.ratio_to_best_peer(row, clients) for clients, row in result.rows.items()]
    return result.name, *(" · ".join(map(number, ratios)) for ratios in (to_notes, to_floor, to_peer))


def footprint_cells(result: Result) -> tuple[str, ...]:
    """What stands under ``FOOTPRINT_HEADINGS``."""
    return result.name, str(result.workers), *map(number, (result.ready_seconds, result.rss_mb, result.pss_mb))


def number(value: float | None) -> str:
    """Three figures, or all that are before the decimal point."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _verdicts(report: Report) -> Table:
    table = _table("What the course promises of the reference", ("", "measured", "target"))
    for verdict in report.verdicts():
        table.add_row(verdict.what, number(verdict.measured), verdict.target)
    return table


def _table(title: str, headings: tuple[str, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", caption_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right" if table.columns else "left")
    return table
