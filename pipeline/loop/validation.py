"""Is this batch fit to learn from? Pictures, labels, and what they have in common with the batches that are there.

The arrays are looked at first; then a table with a row for each picture, by pandera; then the labels, by ``suspicion``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import dataset
from pipeline.drift.evidence import STATISTICS
from pipeline.loop import batches, features, suspicion
from pipeline.loop.suspicion import Finding

if TYPE_CHECKING:
    import pandas as pd
    from pandera.pandas import DataFrameSchema

SHAPE = (28, 28)
LIMITS = {
    "least_pictures": 50,
    "least_share": 0.02,  # of the rarest class
    "most_share": 0.4,  # of the most frequent class
    "contrast": 1.0,  # levels; a picture below is a plain gray
    "duplicates": 0.01,  # the share of pictures that may be there twice, or in an older batch
    "refused": 0.9,  # the share that the gate model may take for something else; see ``suspicion``
    "contradiction": 0.1,  # how much less than in older batches labels may follow from the pictures most like them
    "disagreement": 0.15,  # how much more than on test data the champion may disagree, with all labels or with one
}


def validate(home: Path, batch: str, data: dict, champion: str | None, limits: dict) -> dict:
    """Look at a batch before anything learns from it, and return ``passed`` and ``findings``, as JSON.

    ``data`` has the hashes of the batches that are there, ``train`` and ``test``, and ``limits`` some of ``LIMITS``, to
    replace those. A finding has ``check``, ``count`` (of pictures or labels), ``message`` and ``stops``: whether it
    keeps the batch out. Raises ``ValueError`` for a limit that is none of these.
    """
    if unknown := set(limits) - set(LIMITS):
        raise ValueError(f"no limit {', '.join(sorted(unknown))}; there is {', '.join(LIMITS)}")
    limits = {**LIMITS, **limits}
    images, labels = batches.read(home, batch)
    findings = list(_of_arrays(images, labels, limits))
    if not findings:  # the rest needs pictures to be pictures, and labels to be classes
        findings = list(_of_table(home, batch, labels, data, limits))
    if not findings:
        findings = list(suspicion.look(home, batch, data, champion, limits))
    return {"passed": not any(each["stops"] for each in findings), "findings": findings}


def _of_arrays(images: np.ndarray, labels: np.ndarray, limits: dict) -> Iterator[Finding]:
    """What is wrong with the arrays as such."""
    if images.ndim != 3 or images.shape[1:] != SHAPE:
        yield _stop("shape", labels.size, f"the pictures have the shape {images.shape}, expected (n, 28, 28)")
    elif images.dtype != np.uint8:
        yield _stop("type", len(images), f"the pixels are {images.dtype}, expected uint8: do not scale them")
    elif labels.shape != images.shape[:1]:
        yield _stop("shape", labels.size, f"{len(images)} pictures, and labels of the shape {labels.shape}")
    elif labels.dtype.kind not in "ui":
        yield _stop("type", len(labels), f"the labels are {labels.dtype}, expected whole numbers")
    elif len(images) < limits["least_pictures"]:
        yield _stop("size", len(images), f"{len(images)} pictures, at least {limits['least_pictures']} are asked for")
    elif images.max() <= 1:
        yield _stop("range", len(images), "no pixel is above 1: the pictures were scaled before they were stored")


def _of_table(home: Path, batch: str, labels: np.ndarray, data: dict, limits: dict) -> Iterator[Finding]:
    """What pandera finds in the table of the batch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both bring up what is to change in a version to come
        import pandas as pd
        from pandera.errors import SchemaErrors

        seen = features.view(home, batch)
        table = pd.DataFrame(dict(zip(STATISTICS, seen.statistics.T, strict=True)))
        table = table.assign(digest=seen.digest, label=labels.astype(int))
        known = {part: _digests(home, [name for name in data[part] if name != batch]) for part in ("train", "test")}
        try:
            _schema(known, limits).validate(table, lazy=True)
        except SchemaErrors as errors:
            cases = errors.failure_cases
            for message, part in cases.groupby("check", sort=False):
                check, _, words = message.partition(": ")
                rows = part["index"].count()  # none where a check is about the batch as a whole
                yield _stop(check, rows or len(labels), words)


def _schema(known: dict[str, set[str]], limits: dict) -> DataFrameSchema:
    """What a batch's table must be like. The text of a check is its name and what is wrong where it fails."""
    from pandera.pandas import Check, Column, DataFrameSchema

    def rare(column: pd.Series) -> pd.Series:
        """False for the pictures that are there more than once or in an older batch, if these are too many."""
        again = column.duplicated() | column.isin(known["train"])
        return ~again | (again.mean() <= limits["duplicates"])

    def balanced(column: pd.Series) -> bool:
        shares = np.bincount(column.clip(0, len(dataset.CLASSES) - 1), minlength=len(dataset.CLASSES)) / len(column)
        return bool(shares.min() >= limits["least_share"] and shares.max() <= limits["most_share"])

    allowed = f"from {limits['least_share']:.0%} to {limits['most_share']:.0%} of each class are allowed"
    last = len(dataset.CLASSES) - 1
    return DataFrameSchema(
        {
            "label": Column(
                int,
                [
                    Check.in_range(0, last, error=f"labels: labels that are no class; expected 0 to {last}"),
                    Check(balanced, error=f"balance: a class is too rare or too frequent; {allowed}"),
                ],
            ),
            "contrast": Column(float, Check.ge(limits["contrast"], error="blank: pictures that show nothing")),
            "digest": Column(
                str,
                [
                    Check(rare, error="duplicates: pictures that are there twice, or in an older batch"),
                    Check(lambda column: ~column.isin(known["test"]), error="leakage: pictures of the test batches"),
                ],
            ),
        }
    )


def _digests(home: Path, names: list[str]) -> set[str]:
    return {digest for name in names for digest in features.view(home, name).digest.tolist()}


def _stop(check: str, count: int, message: str) -> Finding:
    return {"check": check, "count": int(count), "message": f"{check}: {message}", "stops": True}
