"""A table of a TOML file, read strictly: each fault is one line with the place, what is there, and what is expected."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator

LONGEST_TEXT = 200  # characters


class PolicyError(ValueError):
    """A policy that cannot be used. The message is one line with the file, the place, and what is expected there."""


class Table:
    """The keys of one table. ``place`` is its dotted name; ``done`` wants each key to have been asked for."""

    def __init__(self, content: object, place: str) -> None:
        self.place = place
        if not isinstance(content, dict):
            raise PolicyError(f"{place}: {shown(content)} is no table; expected one")
        self._content = content
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        """Whether a key is there that need not be."""
        self._known.append(key)
        return key in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def where(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def fault(self, key: str, expected: str) -> PolicyError:
        return PolicyError(f"{self.where(key)}: {shown(self._content[key])} will not do; expected {expected}")

    def take(self, key: str, expected: str, fits: Callable[[object], bool]) -> object:
        """The value of ``key``. Raises ``PolicyError`` if it is missing or does not fit what is ``expected``."""
        self._known.append(key)
        if key not in self._content:
            raise PolicyError(f"{self.where(key)} is missing; expected {expected}")
        if not fits(self._content[key]):
            raise self.fault(key, expected)
        return self._content[key]

    def table(self, key: str) -> Table:
        return Table(self.take(key, "a table", lambda value: isinstance(value, dict)), self.where(key))

    def text(self, key: str) -> str:
        """A text of at least one character that can be printed."""
        expected = f"a text of 1 to {LONGEST_TEXT} characters that can be printed"
        return self.take(
            key, expected, lambda text: isinstance(text, str) and text.isprintable() and 0 < len(text) <= LONGEST_TEXT
        )

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        return self.take(key, f"one of {', '.join(choices)}", lambda value: value in choices)

    def number(self, key: str, low: float, high: float) -> float:
        """A number from ``low`` to ``high``."""
        return float(self.take(key, f"a number from {low:g} to {high:g}", lambda value: _is_in(value, low, high)))

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""

        def fits(value: object) -> bool:
            return isinstance(value, int) and _is_in(value, low, high)

        return self.take(key, f"a whole number from {low:,} to {high:,}", fits)

    def done(self) -> None:
        """Raise ``PolicyError`` for a key that nobody has asked for: a typing error must not change what happens."""
        for key in self._content:
            if key not in self._known:
                known = ", ".join(dict.fromkeys(self._known))
                raise PolicyError(f"{self.where(shown_key(key))}: there is no such key; expected one of {known}")


def shown(value: object) -> str:
    """A value in an error's line: short, whatever it is."""
    return reprlib.repr(value)


def shown_key(key: str) -> str:
    return key if key.isprintable() and len(key) <= LONGEST_TEXT else shown(key)


def _is_in(value: object, low: float, high: float) -> bool:
    # TOML has nan, which is in no range, and true, which Python counts as 1.
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
