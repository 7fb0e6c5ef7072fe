"""Files that a build writes for Sphinx to read."""

from pathlib import Path


def write_if_new(path: Path, text: str) -> None:
    """Write a file; an unchanged one keeps its time of change, so that its page is not built again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
