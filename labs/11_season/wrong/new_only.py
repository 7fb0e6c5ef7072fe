"""Asks how good the challenger is on the newest pictures, and not what it has forgotten.

Rejected by: test_a_model_that_has_forgotten_is_stopped
"""


def gate(champion, challenger):
    return challenger["new"] is None or challenger["new"] >= champion["new"]
