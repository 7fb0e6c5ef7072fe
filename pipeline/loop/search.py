"""The search for training parameters (to come)."""

from __future__ import annotations

from pathlib import Path


def search(home: Path, data: dict, trials: int) -> dict:
    """The best of ``trials`` recipes found on the training batches of ``data``: parameters for ``training.train``."""
    raise NotImplementedError
