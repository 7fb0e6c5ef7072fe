"""Works for a single pair of numbers.

Rejected by: test_arrays_give_an_array
"""


def evidence(wins, losses, caution=10.0):
    from math import lgamma, log

    def log_beta(a, b):
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    return (wins + losses) * log(2) + log_beta(caution + wins, caution + losses) - log_beta(caution, caution)
