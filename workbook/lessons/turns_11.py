"""The turns of lesson 11: a name for data, pictures known already, a gate, what goes back, what a bad batch touched."""

from __future__ import annotations

from collections.abc import Callable
from reprlib import repr as short

import numpy as np

from workbook.lessons.turn import Turn, a_or_an, expect, number_of, truth_of

LONGEST = 128  # hexadecimal digits that a hash has: SHA-512
Runs = dict[str, tuple[set[str], str | None]]


def check_name(name_of: Callable[[np.ndarray, np.ndarray], str]) -> None:
    """Whether the same pictures and labels always have the same name, and others another one."""
    generator = np.random.default_rng(11)
    images = generator.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    labels = generator.integers(0, 10, 300, dtype=np.uint8)
    first = name_of(images, labels)
    expect(first is not None, "the function returns nothing")
    expect(isinstance(first, str), f"name_of returned {a_or_an(first)}, expected text: .hexdigest() makes it")
    expect(len(first) <= LONGEST, f"name_of returned {len(first):,} letters: that is the data itself; take its hash")
    expect(name_of(images.copy(), labels.copy()) == first, "a copy of the same data got another name")
    pixel, label = images.copy(), labels.copy()
    pixel[150, 14, 14] ^= 1
    label[150] = (label[150] + 1) % 10
    for what, changed in (
        ("one label", (images, label)),
        ("one pixel in the middle", (pixel, labels)),
        ("the order of the labels", (images, labels[::-1])),
    ):
        expect(name_of(*changed) != first, f"{what} was changed, and the name is still the same")


def check_leak(leaked: Callable[[np.ndarray, set[bytes]], int]) -> None:
    """Whether it counts the new pictures that are in the test set, wherever they are in it."""
    pictures = np.random.default_rng(11).integers(0, 256, (60, 28, 28), dtype=np.uint8)
    for new, test, expected in (
        (pictures[:20], pictures[20:], 0),
        (pictures[:20], pictures[15:], 5),
        (pictures[[3, 50, 51, 4, 50]], pictures[40:], 3),
        (pictures[:30][::-1], pictures[:10], 10),
    ):
        found = leaked(new, {picture.tobytes() for picture in test})
        said = f"{len(new)} new pictures and {len(test)} of the test set gave {short(found)}"
        count = number_of(found, said)
        expect(count == expected, f"{said}, expected {expected}: count the new pictures whose bytes are known")


def check_gate(passes: Callable[[list[dict], float], bool]) -> None:
    """Whether each part has to prove that it is not worse by more than the margin."""
    better, unsure = {"difference": 0.22, "low": 0.19, "high": 0.25}, {"difference": 0.0, "low": -0.08, "high": 0.08}
    level = {"difference": -0.005, "low": -0.02, "high": 0.01}
    worse = {"difference": -0.07, "low": -0.09, "high": -0.05}
    for parts, expected, why in (
        ([better, level], True, "one part is better, and the other is worse by 0.02 at most"),
        ([better, worse], False, "the second part is worse by 0.05 at least, however good the first one is"),
        ([worse, better], False, "the first part is worse by 0.05 at least"),
        ([better, unsure], False, "the second may be worse by 0.08: with so few pictures nothing is proven"),
        ([level], True, "it is worse by 0.02 at most"),
    ):
        found = passes(parts, 0.03)
        lows = ", ".join(f"{part['low']} to {part['high']}" for part in parts)
        said = f"differences from {lows} and a margin of 0.03 gave {short(found)}"
        expect(truth_of(found, said) == expected, f"{said}, expected {expected}: {why}")


def check_data(next_data: Callable[[str, dict[str, list[str]], str], list[str]]) -> None:
    """Whether the next training goes on from the data of the champion, and from no other version's."""
    learned = {"1": ["spring"], "2": ["spring", "summer"], "3": ["spring", "summer", "bad"]}
    for champion, expected in (
        ("2", ["spring", "summer", "autumn"]),
        ("1", ["spring", "autumn"]),
        ("3", ["spring", "summer", "bad", "autumn"]),
    ):
        given = {version: [*names] for version, names in learned.items()}
        found = next_data(champion, given, "autumn")
        said = f"next_data({champion!r}, learned, 'autumn') gave {short(found)}"
        expect(found is not None, f"{said}: the function returns nothing")
        expect(isinstance(found, list | tuple), f"{said}, {a_or_an(found)}; expected a list of names")
        expect(
            given == learned, f"{said}, and learned has changed, too, as if version {champion} knew it: make a new list"
        )
        expect("autumn" in found, f"{said}: the new batch is missing")
        expect(
            champion == "3" or "bad" not in found,
            f"{said}: the batch that made version 3 bad is in it again, and version 4 will be as bad",
        )
        expect(list(found) == expected, f"{said}, expected {expected}")


def check_behind(data_behind: Callable[[set[str], str | None, Runs], set[str]]) -> None:
    """Whether it goes back over all parents."""
    runs: Runs = {
        "1": ({"spring"}, None),
        "2": ({"summer"}, "1"),
        "3": ({"spring", "autumn"}, None),
        "4": ({"winter"}, "2"),
    }
    for version, expected in (
        ("1", {"spring"}),
        ("2", {"spring", "summer"}),
        ("3", {"spring", "autumn"}),
        ("4", {"spring", "summer", "winter"}),
    ):
        given = {name: ({*own}, parent) for name, (own, parent) in runs.items()}
        found = data_behind(*given[version], given)
        said = f"version {version} gave {short(found)}"
        expect(found is not None, f"{said}: the function returns nothing")
        expect(isinstance(found, set), f"{said}, {a_or_an(found)}; expected a set of names")
        expect(given == runs, f"{said}, and the set that it was given has changed, too: a | b makes a new one")
        missing, extra = expected - set(found), set(found) - expected
        expect(not missing, f"{said}, and {missing} is missing: version 4 goes on from 2, and 2 from 1")
        expect(not extra, f"{said}, but has never seen {extra}")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="11 name",
        check=check_name,
        idea="Whoever has the data can work out its name, and whoever has the name can check the data.",
        answer=("hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()",),
        wrong=(
            ("hashlib.sha256(images.tobytes()).hexdigest()",),
            ("hashlib.sha256(str((images, labels)).encode()).hexdigest()",),
            ("f'friday-{len(images)}-{images.sum()}-{labels.sum()}'",),
            ("str(id(images))",),
            ("hashlib.sha256(images.tobytes() + labels.tobytes())",),
            ("str(images.tobytes() + labels.tobytes())",),
        ),
    ),
    Turn(
        name="11 leak",
        check=check_leak,
        idea="A set finds each picture at once, so this works for a million of them.",
        answer=("sum(picture.tobytes() in known for picture in new)",),
        wrong=(
            ("any(picture.tobytes() in known for picture in new)",),
            ("len(known & {picture.tobytes() for picture in new})",),
            ("sum(picture in known for picture in new)",),
            ("len(known)",),
            ("[picture.tobytes() in known for picture in new]",),
            ("sum(picture.tobytes() in known for picture in new) + 0.4",),
        ),
    ),
    Turn(
        name="11 gate",
        check=check_gate,
        idea="A gate asks for proof. Too few pictures prove nothing, and then the old version stays.",
        answer=('all(part["low"] > -margin for part in parts)',),
        wrong=(
            ('all(part["difference"] > -margin for part in parts)',),
            ('all(part["high"] > -margin for part in parts)',),
            ('parts[0]["low"] > -margin',),
            ('any(part["low"] > -margin for part in parts)',),
            ('all(part["low"] > 0 for part in parts)',),
            ('[part["low"] > -margin for part in parts]',),
            ('(part["low"] > -margin for part in parts)',),
        ),
    ),
    Turn(
        name="11 data",
        check=check_data,
        idea="Nobody has to remember which batch was bad: it goes out of the training with the version that used it.",
        answer=("[*learned[champion], new]",),
        wrong=(
            ("[*learned[max(learned)], new]",),
            ("[new]",),
            ("learned[champion]",),
            ("learned[champion].append(new) or learned[champion]",),
            ("learned[champion] + [new] if champion == '3' else 3",),
            ("[*dict.fromkeys(name for names in learned.values() for name in names), new]",),
        ),
    ),
    Turn(
        name="11 behind",
        check=check_behind,
        idea="A model that goes on from a bad one has the bad batch in its weights, though not in its list.",
        answer=("own | data_behind(*runs[parent], runs) if parent else own",),
        wrong=(
            ("own",),
            ("own | runs[parent][0] if parent else own",),
            ("[own, data_behind(*runs[parent], runs)] if parent else [own]",),
            ("own.update(data_behind(*runs[parent], runs) if parent else ()) or own",),
            ("set().union(*(names for names, _ in runs.values()))",),
        ),
    ),
)
