"""Buys the labels of the pictures that the champion is sure of.

Rejected by: test_half_of_the_budget_goes_where_the_champion_is_in_doubt
"""

import numpy as np


def choose_labels(scores, budget):
    return np.argsort(-scores.max(axis=1))[:budget]
