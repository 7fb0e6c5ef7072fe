"""Measuring a classifier on data that it has never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn import metrics


@dataclass(frozen=True)
class Evaluation:
    """How good one classifier is on one data set.

    ``precision``, ``recall`` and ``f1`` have one value per class, in the order of the classes. Row i, column
    j of ``confusion`` counts the examples of class i that were taken for class j.
    """

    accuracy: float
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    confusion: np.ndarray

    def summary(self) -> dict[str, float]:
        """Four numbers for a model card, rounded to four decimal places, each a plain ``float``.

        ``accuracy``, and the unweighted means over the classes: ``macro_precision``, ``macro_recall``, ``macro_f1``.
        """
        values = {
            "accuracy": self.accuracy,
            "macro_precision": self.precision.mean(),
            "macro_recall": self.recall.mean(),
            "macro_f1": self.f1.mean(),
        }
        return {name: round(float(value), 4) for name, value in values.items()}


def evaluate(scores: np.ndarray, labels: np.ndarray) -> Evaluation:
    """Compare ``scores`` (n, classes) with the true integer ``labels`` (n,).

    The predicted class is the one with the highest score. A class that is never predicted has precision 0, and a class
    without examples has recall 0.
    """
    predicted = scores.argmax(axis=1)
    classes = np.arange(scores.shape[1])
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0
    )
    return Evaluation(
        accuracy=float(metrics.accuracy_score(labels, predicted)),
        precision=precision,
        recall=recall,
        f1=f1,
        confusion=metrics.confusion_matrix(labels, predicted, labels=classes),
    )
