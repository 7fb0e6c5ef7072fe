"""Another correct answer: shares counted one by one, Hotelling's distance of means, the highest taken away, a loop."""

import math

import numpy as np

from pipeline.slo import burn_rate


def distance_of_values(reference, window):
    farthest = 0.0
    for number in {*reference.tolist(), *window.tolist()}:
        of_reference, of_window = np.mean(reference <= number), np.mean(window <= number)
        farthest = max(farthest, abs(float(of_reference - of_window)))
    return farthest


def drift_score(reference, seen, size=40):
    if len(seen) < size:
        return 0.0
    shift = seen[-size:].mean(axis=0) - reference.mean(axis=0)
    spread = np.cov(reference, rowvar=False) + 1e-6 * np.eye(reference.shape[1])
    return float(size * shift @ np.linalg.solve(spread, shift))


def alarm_level(scores, false_alarms):
    allowed = math.floor(round(len(scores) * false_alarms, 6))
    if not allowed:
        raise ValueError("more streams, please")
    highest = [max(stream) for stream in scores.tolist()]
    for _ in range(allowed):
        highest.remove(max(highest))
    return max(highest)


def budget_alarm(failed, total, promised, pairs, every):
    def over(window):
        count = -(-window // every)
        return burn_rate(sum(failed[-count:]), sum(total[-count:]), promised)

    for pair in pairs:  # noqa: SIM110
        if min(over(pair.long), over(pair.short)) > pair.burn_rate:
            return True
    return False
