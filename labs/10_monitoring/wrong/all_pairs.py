"""Wants all pairs of windows to agree.

Rejected by: test_any_pair_of_windows_is_enough
"""

from pipeline.slo import burn_rate


def budget_alarm(failed, total, promised, pairs, every):
    def burns(window):
        count = max(1, window // every)
        return burn_rate(sum(failed[-count:]), sum(total[-count:]), promised)

    return all(burns(pair.long) > pair.burn_rate and burns(pair.short) > pair.burn_rate for pair in pairs)
