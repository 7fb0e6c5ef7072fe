"""The measurement of what the front costs and loses, made short."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.table import Table

from workbook.bench.traffic import promises


def rows(table: Table) -> dict[str, list[str]]:
    """The cells of each row by the first one."""
    names, *columns = ([*column.cells] for column in table.columns)
    return dict(zip(names, map(list, zip(*columns, strict=True)), strict=True))


@pytest.mark.skipif(shutil.which("wrk") is None, reason="the bench makes its load with wrk")
def test_it_measures_what_the_front_costs_and_that_it_loses_nothing(monkeypatch, tmp_path: Path):
    for name in ("ROUNDS", "SECONDS", "ALONE_SECONDS"):
        monkeypatch.setattr(promises, name, 1)
    monkeypatch.setattr(promises, "LOSS_SECONDS", 4)
    with promises.reference() as server:
        bench = promises.Bench(tmp_path, server)
        with bench.front:
            costs, losses = rows(promises.costs(bench)), rows(promises.losses(bench))
    assert list(costs) == ["the server alone", "behind the front", "behind front and gate"]
    assert all("(" in cell for cell in costs["behind the front"])
    for canary in ("a canary that answers 500", "a canary that dies once it has all"):
        asked, failed, lost, state = losses[canary]
        assert (lost, state) == ("0", "rolled back")
        assert int(asked.replace(",", "")) > int(failed) > 0
    assert losses["the policy changes"][2] == "0"
