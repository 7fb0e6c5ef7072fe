"""Runs beside the student's code and calls it: many windows in one call, NumPy's bools and numbers as Python's."""

from __future__ import annotations

import numpy as np


def detects(references: np.ndarray, windows: np.ndarray) -> object:
    """How often ``detect`` raises the alarm; what is neither True nor False goes to the checks, a number as a float."""
    from pipeline.season.policies import detect

    answers = [detect(reference.copy(), window.copy()) for reference, window in zip(references, windows, strict=True)]
    odd = [answer for answer in answers if not isinstance(answer, bool | np.bool_)]
    if odd:
        return float(odd[0]) if isinstance(odd[0], int | np.number) else odd[0]
    return int(sum(answers))


def gate(champion: dict, challenger: dict) -> object:
    from pipeline.season import policies

    answer = policies.gate(champion, challenger)
    return bool(answer) if isinstance(answer, np.bool_) else answer


def route(share: float, answered: int, failed: int) -> object:
    from pipeline.season import policies

    answer = policies.route(share, answered, failed)
    whole = isinstance(answer, int | np.number) and not isinstance(answer, bool)
    return float(answer) if whole else answer
