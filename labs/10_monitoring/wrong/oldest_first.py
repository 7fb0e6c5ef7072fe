"""Takes the first intervals for the newest.

Rejected by: test_what_is_over_wakes_nobody
"""

from pipeline.slo import burn_rate


def budget_alarm(failed, total, promised, pairs, every):
    def burns(window):
        count = max(1, window // every)
        return burn_rate(sum(failed[:count]), sum(total[:count]), promised)

    return any(burns(pair.long) > pair.burn_rate and burns(pair.short) > pair.burn_rate for pair in pairs)
