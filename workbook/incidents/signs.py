"""What each cause would show, held against the facts of a server: a diagnosis is refused for a reason that is true."""

from __future__ import annotations

from collections.abc import Callable

from workbook.incidents.facts import Facts

SAME = 2e-3  # between scores: two servers may round
MIXED_UP = 0.02  # between scores
SLOW_SECONDS, CROWDED_SECONDS = 0.5, 1.5
TIMES = 10  # as long as one alone

# Of each fault of the list, whether the facts are as they would be with it.
HOLDS: dict[str, Callable[[Facts], bool]] = {
    "unscaled": lambda f: f.right < 0.7 and f.sure > 0.8 and f.highest <= 1 + SAME,
    "transposed": lambda f: f.right < 0.7 and f.right_on_side > 0.8,
    "classes-swapped": lambda f: _never_found(f) == {"Coat", "Pullover"},
    "no-softmax": lambda f: f.highest > 1 + SAME or f.lowest < -SAME,
    "scores-shifted": lambda f: f.agree < 0.5,
    "first-image-only": lambda f: f.spread < SAME,
    "batch-reversed": lambda f: f.reverse < SAME < f.together,
    "state-leaks": lambda f: f.again > SAME,
    "nan-accepted": lambda f: f.taken["NaN"],
    "floats-cut": lambda f: f.taken["scaled"] and not f.taken["NaN"],
    "pixels-wrapped": lambda f: f.taken["256"],
    "shape-padded": lambda f: f.taken["27 rows"],
    "errors-as-200": lambda f: f.status["no JSON"] == 200 and not any(f.taken.values()),
    "traceback-shown": lambda f: f.page or f.status["no JSON"] >= 500,
    "stale-version": lambda f: f.between_versions < SAME,
    "any-version": lambda f: f.not_there_taken,
    "old-default": lambda f: f.default != max(f.versions),
    "old-card": lambda f: f.card != max(f.versions),
    "slow-under-load": lambda f: f.at_once > max(CROWDED_SECONDS, TIMES * f.alone) and f.last < SLOW_SECONDS,
    "answers-crossed": lambda f: f.crossed > MIXED_UP and f.again < SAME,
    "slower-each-time": lambda f: f.last > max(SLOW_SECONDS, TIMES * f.alone),
    "some-fail": lambda f: f.failed > 0.03,
}

# What is seen, by the group of the fault that was named.
SEEN: dict[str, Callable[[Facts], str]] = {
    "labels": lambda f: (
        f"{f.right:.0%} of 100 labels, all asked for at once, are right ({f.right_on_side:.0%} with rows and columns "
        f"exchanged), "
        f"never or hardly found: {', '.join(sorted(_never_found(f))) or 'no class'}; "
        f"{f.sure:.0%} of the answers have a score above 0.99"
    ),
    "scores": lambda f: (
        f"the scores go from {f.lowest:.2f} to {f.highest:.2f}, one row adds up to {f.total:.2f}, and {f.agree:.0%} of "
        "the labels are the class with the highest score"
    ),
    "batches": lambda f: (
        f"the rows of a batch differ by {f.together:.2f} from the same pictures alone, by {f.reverse:.2f} from these "
        f"in the reverse order, and by {f.spread:.2f} from its first row; alone and once more, a picture's scores "
        f"differ by {f.again:.2f}"
    ),
    "refusals": lambda f: (
        ", ".join(f"{sent}: {status}{_labeled(f.taken[sent])}" for sent, status in f.status.items())
        + f"; the errors are {'HTML' if f.page else 'JSON'}"
    ),
    "versions": lambda f: (
        f"there are the versions {f.versions}, the default is {f.default}, the card at v2 is that of version {f.card}, "
        f"v1 and v2 differ by {f.between_versions:.2f} in their scores, and v9 is answered with "
        f"{f.not_there}{_labeled(f.not_there_taken)}"
    ),
    "load": lambda f: (
        f"a request takes {f.alone:.3f} s alone, 16 at once take {f.at_once:.2f} s and differ by {f.crossed:.2f} in "
        f"their scores from alone, the last of many takes {f.last:.3f} s, and {f.failed:.0%} of all fail"
    ),
}


def _never_found(facts: Facts) -> set[str]:
    return {name for name, share in facts.right_of.items() if share < 0.3}


def _labeled(taken: bool) -> str:
    return " and a label" if taken else ""
