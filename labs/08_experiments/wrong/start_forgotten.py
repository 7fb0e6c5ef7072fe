"""Forgets to divide by what there was at the start: nobody begins with 1.

Rejected by: test_the_evidence_is_the_sum_of_the_bets
"""

import numpy as np
from scipy.special import betaln


def evidence(wins, losses, caution=10.0):
    wins, losses = np.asarray(wins, float), np.asarray(losses, float)
    return (wins + losses) * np.log(2) + betaln(caution + wins, caution + losses)
