"""Averages the shares of the intervals: one request in the night weighs what a thousand do by day.

Rejected by: test_each_request_weighs_the_same
"""

from pipeline.slo import burn_rate


def budget_alarm(failed, total, promised, pairs, every):
    def burns(window):
        count = max(1, window // every)
        rates = [burn_rate(*one, promised) for one in zip(failed[-count:], total[-count:], strict=True)]
        return sum(rates) / len(rates)

    return any(burns(pair.long) > pair.burn_rate and burns(pair.short) > pair.burn_rate for pair in pairs)
