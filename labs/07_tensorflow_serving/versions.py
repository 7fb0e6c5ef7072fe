"""A random repository of models, and what the student's function makes of it."""

from __future__ import annotations

import json

import numpy as np
from networks import card_of

from server.model_card import InputSpec
from workbook.labs.checks.assertions import CheckFailed, Student, expect, returned

CARD_PLACE = "assets.extra/model_card.json"


class Repository:
    """A card, the ``files`` that ``save`` writes, and the ``place`` of their version, all random.

    By their places in the repository: ``whole``, the files of the version; ``other``, those of another version, and
    ``old``, what this version was before.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self.card = card_of(random, InputSpec((28, 28), 0, 255), 3)
        names = ("saved_model.pb", "variables/variables.index", f"assets.extra/{self.card.name}.keras")
        self.files = {name: random.bytes(40) for name in names}
        self.place = f"{self.card.name}/{self.card.version}"
        self.whole = {f"{self.place}/{name}": content for name, content in self.files.items()}
        self.other = {f"{self.card.name}/{self.card.version + 400}/saved_model.pb": random.bytes(20)}
        self.old = {f"{self.place}/{name}": random.bytes(20) for name in ("saved_model.pb", "assets/old.txt")}


def written(student: Student, made: Repository, before: dict[str, bytes] | None, stops: bool = False) -> dict:
    """What ``driver.write_version`` says of this version in a repository with the files ``before``."""
    sent = f"version {made.card.version} of {made.card.name}"
    expected = f"the files of {made.place}"
    return returned(student, sent, expected, "driver:write_version", made.card, before, made.files, stops, kind=dict)


def expect_nothing_else(got: dict, sent: str, files: dict[str, bytes]) -> None:
    """The repository has only the folders of these files, and nothing was put elsewhere."""
    names = sorted({"/".join(name.split("/")[:2]) for name in files})
    expect(got.get("names") == names, sent, f"nothing but {names}", got.get("names"))
    expect(not got.get("strewn"), sent, "nothing in the folder in which it runs", got.get("strewn"), fits=False)


def card_in(tree: dict[str, bytes], made: Repository) -> dict:
    """The card of the version that was made."""
    place = f"{made.place}/{CARD_PLACE}"
    expect(place in tree, "a version", f"the card as {place}", sorted(tree))
    try:
        card = json.loads(tree[place])
    except ValueError as error:
        raise CheckFailed("a version", "a card in JSON", error) from error
    expect(isinstance(card, dict), "a version", "a card in JSON", card)
    return card


def seen_from_the_card(name: str) -> str:
    """The path of a file as seen from the card, in assets.extra."""
    return name.removeprefix("assets.extra/") if name.startswith("assets.extra/") else f"../{name}"
