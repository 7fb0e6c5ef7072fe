"""Kill a loop in each of its acts, start it again, and compare with one that was left alone.

    python -m tests.workbook.loop.killed FOLDER

plays ``FOLDER/killed`` and ``FOLDER/alone``, in ten minutes, and prints a table. What must be the same: the acts, the
versions with their verdicts, the champion, and what is in the model repository.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from pipeline.loop import registry
from workbook.loop.acts import ACTS
from workbook.loop.chronicle import FAST, Chronicle
from workbook.loop.service import REPOSITORY, versions_in
from workbook.loop.summary import figures, stopped

INTO_THE_ACT = 1.5  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    table = Table("Killed in", "Processes left", "Acts that were over by then")
    for act in ["first model", *ACTS]:
        left = kill_in(folder / "killed", act)
        over = Chronicle.open(folder / "killed", FAST).acts
        table.add_row(act, str(left), ", ".join(over) or "none")
    states = {name: played(folder / name) for name in ("killed", "alone")}
    console = Console(width=120)
    console.print(table)
    for name, state in states.items():
        console.print(name, state)
    same = states["killed"] == states["alone"]
    console.print("the same in the end" if same else "[bold red]NOT the same")
    sys.exit(not same)


def kill_in(home: Path, act: str) -> int:
    """Start the loop, and kill -9 it a moment after this act has begun. Returns how many processes it left behind."""
    loop = subprocess.Popen(command(home), stdout=subprocess.PIPE, text=True)
    if act != "first model":  # that one has no line of its own: it is what comes first
        while not (line := next(loop.stdout)).rstrip().endswith(act):
            print(line, end="", flush=True)
    time.sleep(INTO_THE_ACT if act != "first model" else 5 * INTO_THE_ACT)
    children = psutil.Process(loop.pid).children(recursive=True)
    loop.kill()
    loop.communicate()
    return sum(child.is_running() for child in children)


def played(home: Path) -> dict:
    """Play the loop to its end, and say what is to be compared."""
    subprocess.run(command(home), check=True, stdout=subprocess.DEVNULL)
    chronicle = Chronicle.open(home, FAST)
    print(home.name, figures(chronicle), flush=True)
    verdicts = {version: registry.lineage(home, version)["gate"] for version in registry.versions(home)}
    return {
        "acts": list(chronicle.acts),
        "stopped": [(one["what"], one["where"]) for one in stopped(chronicle)],
        "versions": verdicts,
        "champion": registry.champion(home),
        "challenger": registry.challenger(home),
        "repository": versions_in(home / REPOSITORY),
        "failed": chronicle.failed,
    }


def command(home: Path) -> list[str]:
    return [sys.executable, "-m", "workbook", "loop", "--fast", "--home", str(home)]


if __name__ == "__main__":
    main()
