"""Takes one failure among many answers for chance: whatever fails is withdrawn, for the champion would have answered.

Rejected by: test_what_fails_is_withdrawn
"""


def route(share, answered, failed):
    if failed > 0.05 * (answered + failed):
        return 0.0
    if share and answered < 5:
        return share
    return {0.0: 0.1, 0.1: 0.5}.get(share, 1.0)
