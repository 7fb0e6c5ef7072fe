"""Write ``docs/browser/model.js`` and ``samples.js``: ``python -m pipeline.browser``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.browser.scripts import model_script, samples_script
from pipeline.dataset import ensure, read_test_set

ROOT = Path(__file__).parent.parent.parent
SAMPLES = 200  # of the test pictures, from the first: 20 or so of each class


def main(
    model: Annotated[Path, typer.Option(help="A version of a model.")] = ROOT / "server" / "models" / "clothes" / "1",
    out: Annotated[Path, typer.Option(help="A folder for the scripts.", file_okay=False)] = ROOT / "docs" / "browser",
) -> None:
    """Write a model and the first test pictures as scripts that a page can load without a server."""
    try:
        scripts = {"model.js": model_script(model)}
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Name a version of a model, such as server/models/clothes/1") from error
    ensure()
    pixels, labels = read_test_set()
    scripts |= {"samples.js": samples_script(pixels[:SAMPLES], labels[:SAMPLES])}
    out.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
        Console().print(f"{name}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    typer.run(main)
