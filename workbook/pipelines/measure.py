"""What the engines save: the time of a second run over the first's, and what is left of a round that was killed.

``python -m workbook.pipelines.measure --engine kubeflow`` prints it, for a small batch, in some minutes. The command is
ended by ``kill -9`` as its first step begins; then the same command again, as the second step begins; and so on. In the
end, the registry must know what it knows in a loop that nobody disturbed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from pipeline import dataset
from pipeline.loop import registry, steps

IMAGES = 600
QUICK = ("-p", "epochs=1", "--rule", "least=0.1", "--rule", "least_per_class=0")
BEGUN = "begun: "


def state(home: Path) -> list[dict]:
    """What the registry knows of each version, without what differs between two loops: ids, times, hashes of files."""
    known = [registry.lineage(home, version) for version in registry.versions(home)]
    for each in known:
        each["metrics"].pop("cpu_seconds", None)
    kept = ("version", "aliases", "gate", "reasons", "strategy", "parameters", "metrics", "data")
    return [{name: each[name] for name in kept} for each in known]


def command(home: Path, batch: Path, engine: str) -> list[str]:
    asked = ["pipeline", "run", str(batch), "--home", str(home), "--engine", engine, *QUICK]
    return [sys.executable, "-m", "workbook", *asked]


def run(told: list[str], kill_at: str | None = None) -> tuple[list[str], int]:
    """Run a command, and return the steps that began and its exit status; kill it as ``kill_at`` begins."""
    begun = []
    with subprocess.Popen(told, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith(BEGUN):
                begun.append(line.removeprefix(BEGUN).strip())
            if begun[-1:] == [kill_at]:
                process.kill()
    return begun, process.returncode


def still_running(home: Path) -> list[psutil.Process]:
    """The processes that work for a loop, by its folder among their arguments."""
    return [
        each
        for each in psutil.process_iter(["cmdline"])
        if any(str(home) in word for word in each.info["cmdline"] or ())
    ]


def wait_for_end(home: Path, seconds: float = 20) -> int:
    """How many processes of a loop are still there after some seconds."""
    psutil.wait_procs(still_running(home), timeout=seconds)
    return len(still_running(home))


def small_batch(path: Path) -> Path:
    dataset.ensure()
    images, labels = dataset.read_training_set()
    np.savez(path, images=images[:IMAGES], labels=labels[:IMAGES])
    return path


def measure(folder: Path, engine: str, console: Console) -> bool:
    """Print the ratio and the table; returns whether both registries know the same in the end."""
    batch = small_batch(folder / "batch.npz")
    calm, disturbed = folder / "calm", folder / "disturbed"
    seconds = []
    for name in ("first", "second"):
        begin = time.monotonic()
        begun, status = run(command(calm, batch, engine))
        seconds.append(time.monotonic() - begin)
        console.print(f"{engine}, {name} run: {len(begun)} steps, exit status {status}")
    console.print(f"{engine}: the second run took {seconds[1] / seconds[0]:.2f} of the first's time")
    table = Table("kill -9 as it began", "what that run had begun", "processes left")
    for step in [*steps.ORDER, None]:
        begun, _ = run(command(disturbed, batch, engine), kill_at=step)
        table.add_row(step or "none: to its end", ", ".join(begun), str(wait_for_end(disturbed)))
    console.print(table)
    same = state(calm) == state(disturbed)
    console.print(f"{engine}: in the end the two registries know {'the same' if same else 'NOT THE SAME'}")
    return same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", default="kubeflow")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(0 if measure(Path(scratch), chosen.engine, Console()) else 1)
