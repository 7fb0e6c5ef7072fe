"""Gives the mean recall as accuracy, which is the same only on balanced data.

Rejected by: test_accuracy
"""

import numpy as np
from sklearn import metrics

from pipeline.evaluate import Evaluation


def evaluate(scores, labels):
    predicted = scores.argmax(axis=1)
    classes = np.arange(scores.shape[1])
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0
    )
    confusion = metrics.confusion_matrix(labels, predicted, labels=classes)
    return Evaluation(float(recall.mean()), precision, recall, f1, confusion)
