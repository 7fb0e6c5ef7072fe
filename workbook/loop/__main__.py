"""Ask why of requests drawn at random, and count what is right: ``python -m workbook.loop HOME``, after a loop.

What is right is known from elsewhere: the version from the answer that the customer got, the weights from the file in
the repository, the batches from what the loop has bought.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track

from server.model_card import EXTRA_FOLDER, sha256_of
from workbook.loop.chronicle import FAST, FULL, STORY, Chronicle
from workbook.loop.service import MODEL, REPOSITORY
from workbook.loop.why import explain


def main(
    home: Annotated[Path, typer.Argument(help="The folder of a loop that was played.")] = Path("work/loop"),
    count: Annotated[int, typer.Option(min=1, help="Requests.")] = 100,
    seed: int = 0,
) -> None:
    """Print how many of the answers of ``workbook why`` are right."""
    plan = FAST if f'"plan": "{FAST.name}"' in (home / STORY).read_text(encoding="utf-8") else FULL
    chronicle = Chronicle.open(home, plan)
    drawn = np.random.default_rng(seed).choice(len(chronicle.visits), count, replace=False)
    right = sum(is_right(chronicle, *chronicle.visits[place][1:3]) for place in track(drawn, "Asking why"))
    print(f"{right} of {count} right")


def is_right(chronicle: Chronicle, request: str, version: int) -> bool:
    """Whether ``explain`` says of a request, which ``version`` answered, what is so."""
    told, acts = explain(chronicle.home, request), chronicle.acts
    weights = sha256_of(chronicle.home / REPOSITORY / MODEL / str(version) / EXTRA_FOLDER / f"{MODEL}.tflite")
    learned = [acts["first model"]["train"]] + ([acts["labels"]["train"]] if version == acts["gate"]["version"] else [])
    batches = [batch["sha256"] for batch in told["data"]["train"]]
    return (told["version"], told["weights"], batches) == (str(version), weights, learned)


if __name__ == "__main__":
    typer.run(main)
