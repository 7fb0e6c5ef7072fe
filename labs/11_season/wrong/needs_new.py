"""Has no answer if there are no new test pictures: it stops everything then.

Rejected by: test_without_new_pictures
"""


def gate(champion, challenger):
    if champion["new"] is None:
        return False
    pairs = [(champion[name], challenger[name], 0.06) for name in ("old", "new")]
    pairs += [(ours, challenger["classes"][name], 0.25) for name, ours in champion["classes"].items()]
    return all(theirs >= ours - slack for ours, theirs, slack in pairs)
