"""Asks how good the challenger is on the old test pictures, as if nothing had changed.

Rejected by: test_a_model_that_is_worse_on_new_pictures_is_stopped
"""


def gate(champion, challenger):
    return challenger["old"] >= champion["old"] - 0.03
