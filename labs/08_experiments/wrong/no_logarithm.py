"""Gives the evidence itself, which is too large for a float after a thousand wins.

Rejected by: test_the_evidence_is_the_sum_of_the_bets, test_millions_do_not_overflow
"""

import numpy as np
from scipy.special import betaln


def evidence(wins, losses, caution=10.0):
    wins, losses = np.asarray(wins, float), np.asarray(losses, float)
    log = (wins + losses) * np.log(2) + betaln(caution + wins, caution + losses) - betaln(caution, caution)
    with np.errstate(over="ignore"):
        return np.exp(log)
