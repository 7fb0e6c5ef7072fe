"""The gate: may this challenger go out? It decides by a comparison, and says why not."""

from __future__ import annotations

from collections.abc import Iterator

RULES = {
    "least": 0.6,  # accuracy on all test pictures
    "least_per_class": 0.4,  # of the pictures of each class that are found
    "margin": 0.03,  # so much worse than the champion may it be, at most, overall and on each test batch
    "class_margin": 0.15,  # the same for a class, of which there are fewer pictures
}


def decide(comparison: dict, rules: dict) -> dict:
    """``passed`` and the ``reasons`` against it, one sentence each, from what ``comparison.compare`` returned.

    ``rules`` are some of ``RULES``, and replace those. A challenger has to *prove* that it is not worse: overall and on
    each test batch, old data and new alike, the lower end of the interval of the difference must be above ``-margin``.
    With few labels the interval is wide, and nothing passes. Of a class, the whole interval must be below
    ``-class_margin`` to refuse it, for of ten classes one looks bad by chance. Raises ``ValueError`` for a rule
    that is none of these.
    """
    rules = all_rules(rules)
    reasons = [*_worse(comparison, rules), *_too_low(comparison, rules)]
    return {"passed": not reasons, "reasons": reasons}


def all_rules(rules: dict) -> dict:
    """``RULES``, with ``rules`` in place of some. Raises ``ValueError`` for a rule that is none of these."""
    if unknown := set(rules) - set(RULES):
        raise ValueError(f"no rule {', '.join(sorted(unknown))}; there is {', '.join(RULES)}")
    return {**RULES, **rules}


def _too_low(comparison: dict, rules: dict) -> Iterator[str]:
    reached = comparison["overall"]["challenger"]
    if reached < rules["least"]:
        yield f"accuracy {reached:.3f}, at least {rules['least']} is asked for"
    for name, part in comparison["classes"].items():
        if part["challenger"] < rules["least_per_class"]:
            yield f"{part['challenger']:.2f} of {name} found, at least {rules['least_per_class']} is asked for"


def _worse(comparison: dict, rules: dict) -> Iterator[str]:
    if comparison["champion"] is None:
        return
    parts = {"all test pictures": comparison["overall"]} if len(comparison["batches"]) > 1 else {}
    parts |= {f"batch {name[:12]}": part for name, part in comparison["batches"].items()}
    for name, part in parts.items():
        if part["low"] < -rules["margin"]:
            yield (
                f"on {name} {part['challenger']:.3f} to the champion's {part['champion']:.3f}: "
                f"it may be worse by {-part['low']:.3f}, at most {rules['margin']} is allowed"
            )
    for name, part in comparison["classes"].items():
        if part["high"] < -rules["class_margin"]:
            yield f"{name} fell from {part['champion']:.2f} to {part['challenger']:.2f}"
