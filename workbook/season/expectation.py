"""How many pictures a model gets right that was trained on all kinds, as ``python -m workbook.season.expectation``
measures it over several seeds. The score compares with it, so that a hard kind of pumpkin costs nobody points."""

from __future__ import annotations

from pipeline.season.pumpkins import FIELD, MODIFIED, WATERMELON

BY_DAY = {FIELD: 0.87, MODIFIED: 0.81, WATERMELON: 0.92}
IN_DIM_LIGHT = {FIELD: 0.82, MODIFIED: 0.78, WATERMELON: 0.92}


def expected_right(kind: str, dim: bool) -> float:
    """The share of pictures of ``kind``, by day or in dim light, of which such a model is right."""
    return (IN_DIM_LIGHT if dim else BY_DAY)[kind]
