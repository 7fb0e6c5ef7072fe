"""Wants more on every number: chance alone stops a good model.

Rejected by: test_a_better_model_passes
"""


def gate(champion, challenger):
    pairs = [(champion[name], challenger[name]) for name in ("old", "new") if champion[name] is not None]
    pairs += [(ours, challenger["classes"][name]) for name, ours in champion["classes"].items()]
    return all(theirs > ours for ours, theirs in pairs)
