"""Looks at the mean of the classes: one may be given up for the others.

Rejected by: test_a_model_that_gives_up_a_class_is_stopped
"""


def gate(champion, challenger):
    pairs = [(champion[name], challenger[name]) for name in ("old", "new") if champion[name] is not None]
    means = [sum(one["classes"].values()) / len(one["classes"]) for one in (champion, challenger)]
    return all(theirs >= ours - 0.06 for ours, theirs in pairs) and means[1] >= means[0] - 0.06
