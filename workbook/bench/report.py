"""What the bench prints: how fast the servers are, how they compare, what they take, and what the course promises."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from workbook.bench.results import Report, Result
from workbook.bench.servers import REFERENCE

NONE = "-"
RATIO_TITLE = "The reference against each: times its rate, and times as little CPU, by clients"
LOAD_HEADINGS = ("Server", "clients", "req/s", "CPU ms/req", "p50 ms", "p99 ms", "failed")
FOOTPRINT_TITLE = "Start-up, and memory after the loads (RSS: what processes share counts for each)"
FOOTPRINT_HEADINGS = ("Server", "workers", "ready s", "MB (RSS)", "MB (PSS)")

Section = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def show(report: Report, console: Console) -> None:
    """Print all of it."""
    for title, headings, lines in sections(report):
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        several_lines_each = len({cells[0] for cells in lines}) < len(lines)
        for heading in headings:
            table.add_column(heading, justify="right" if table.columns else "left", no_wrap=not table.columns)
        for before, cells in zip((None, *lines), lines, strict=False):
            if several_lines_each and before and before[0] != cells[0]:
                table.add_section()
            table.add_row(*cells)
        console.print(f"\n{title}", style="bold", highlight=False)
        console.print(table)
    for line in failures(report):
        console.print(line, style="bold red", markup=False, highlight=False)


def sections(report: Report) -> list[Section]:
    """The tables: for each, the title, the headings, and the cells of its lines."""
    measured = [result for result in report.results if result.rows]
    loads = [cells for result in measured for cells in _load_cells(result)]
    ratios = [_ratio_cells(report, result) for result in measured if report.rows(REFERENCE)]
    verdicts = [(verdict.what, number(verdict.measured), verdict.target) for verdict in report.verdicts()]
    found: list[Section] = [
        (f"One image per request; medians of {report.rounds} x {report.seconds} s", LOAD_HEADINGS, loads),
        (RATIO_TITLE, _ratio_headings(report), ratios),
        (FOOTPRINT_TITLE, FOOTPRINT_HEADINGS, [_footprint_cells(result) for result in measured]),
        ("What the course promises of the reference", ("", "measured", "target"), verdicts),
    ]
    return [section for section in found if section[2]]


def failures(report: Report) -> list[str]:
    """A line for each server that could not be measured."""
    return [f"{result.name} could not be measured: {result.error}" for result in report.results if result.error]


def _load_cells(result: Result) -> list[tuple[str, ...]]:
    """What goes under ``LOAD_HEADINGS``, with a line for each number of clients."""
    return [
        (result.name, str(clients), *map(number, (row.rate, row.cpu_ms, row.p50_ms, row.p99_ms)), str(row.failed))
        for clients, row in result.rows.items()
    ]


def _ratio_headings(report: Report) -> tuple[str, ...]:
    """One heading for the rate at each number of clients, and then one for each CPU time."""
    clients = report.clients()
    return "Server", *(f"rate, {count}" for count in clients), *(f"CPU, {count}" for count in clients)


def _ratio_cells(report: Report, result: Result) -> tuple[str, ...]:
    """What goes under ``_ratio_headings``."""
    rates = [report.advantage(result.name, clients) for clients in result.rows]
    times = [report.thrift(result.name, clients) for clients in result.rows]
    return result.name, *map(number, (*rates, *times))


def _footprint_cells(result: Result) -> tuple[str, ...]:
    """What goes under ``FOOTPRINT_HEADINGS``."""
    return result.name, str(result.workers), *map(number, (result.ready_seconds, result.rss_mb, result.pss_mb))


def number(value: float | None) -> str:
    """Three significant digits, or all digits before the decimal point."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
