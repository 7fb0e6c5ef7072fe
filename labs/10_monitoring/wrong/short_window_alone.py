"""Asks the short window alone: a bare threshold, which a hiccup exceeds.

Rejected by: test_a_hiccup_wakes_nobody
"""

from pipeline.slo import burn_rate


def budget_alarm(failed, total, promised, pairs, every):
    def burns(window):
        count = max(1, window // every)
        return burn_rate(sum(failed[-count:]), sum(total[-count:]), promised)

    return any(burns(pair.short) > pair.burn_rate for pair in pairs)
