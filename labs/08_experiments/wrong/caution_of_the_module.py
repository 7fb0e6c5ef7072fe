"""Uses the constant of the module, whatever caution is asked for.

Rejected by: test_the_caution_is_heard
"""

import numpy as np
from scipy.special import betaln

from pipeline.experiments.sequential import CAUTION


def evidence(wins, losses, caution=10.0):
    wins, losses = np.asarray(wins, float), np.asarray(losses, float)
    return (wins + losses) * np.log(2) + betaln(CAUTION + wins, CAUTION + losses) - betaln(CAUTION, CAUTION)
