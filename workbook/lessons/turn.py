"""The student's turn: a cell with a gap, ``...``, whose last line checks at once what is in it.

A turn is described where it is checked, in ``turns_NN``: its check, an answer that passes, and answers that do not. The
tests fill the gap of the notebook's cell with each of them, as they do with the labs' wrong answers.
"""

from __future__ import annotations

import functools
import importlib.util
import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Real
from types import FunctionType

from workbook.errors import UserError

NOT_FILLED = "not filled in yet: put your code in place of the dots, and run this cell again"
UNUSABLE = "the check can do nothing with {}"


class NotYet(Exception):
    """What a check found. The message tells the student what came out and what was expected."""


@dataclass(frozen=True)
class Turn:
    """``check`` gets what the cell passes to it, and raises ``NotYet``; ``idea`` is shown after a pass.

    ``answer`` and each of ``wrong`` have, for each ``...`` of the cell, the code that replaces it.
    """

    name: str
    check: Callable[..., None]
    idea: str
    answer: tuple[str, ...]
    wrong: tuple[tuple[str, ...], ...]


def check_turn(name: str, *values: object) -> None:
    """Check what the student has put into the gap of the turn ``name``, which begins with its lesson's number.

    Prints the verdict in a line or two, and raises nothing that the student's code could cause, so that *Run All* goes
    on. Raises ``UserError`` for a turn that does not exist.
    """
    turn = turns_of(name.partition(" ")[0]).get(name)
    if turn is None:
        raise UserError(f"there is no turn {name!r}")
    returned = [] if any(map(callable, values)) else [UNUSABLE.format("this")]
    try:
        turn.check(*(_without_gap(value, returned) for value in values))
    except _Gap:
        print(f"Your turn: {NOT_FILLED}")
    except NotYet as found:
        print(f"Not yet: {found}")
    except Exception as error:  # whatever the student's code does, it gets one line
        raised = f"{type(error).__name__}: {error}"
        print(f"Not yet: {returned[0]}: {raised}" if returned else f"Not yet: your code raised {raised}")
    else:
        print(f"Right. {turn.idea}")


def turns_of(lesson: str) -> dict[str, Turn]:
    """The turns of a lesson, by their names. Raises ``UserError`` for a lesson that has none."""
    module_name = f"workbook.lessons.turns_{lesson}"
    if importlib.util.find_spec(module_name) is None:
        raise UserError(f"lesson {lesson} has no turns")
    module = importlib.import_module(module_name)
    return {turn.name: turn for turn in module.TURNS}


def expect(holds: bool, otherwise: str) -> None:
    """Raise ``NotYet`` with the message ``otherwise`` unless it ``holds``."""
    if not holds:
        raise NotYet(otherwise)


def a_or_an(value: object) -> str:
    """The type of ``value`` with its article: ``an int``, ``a list``."""
    name = type(value).__name__
    return f"{'an' if name.startswith(('a', 'e', 'i', 'nd', 'o')) else 'a'} {name}"


def number_of(found: object, said: str) -> float:
    """``found`` as a number, NumPy's ones included. Raises ``NotYet``, which begins with ``said``."""
    expect(found is not None, f"{said}: the function returns nothing")
    value = _item(found)
    expect(isinstance(value, Real) and not isinstance(value, bool), f"{said}, {a_or_an(found)}; expected one number")
    return value


def items_of(found: object, said: str) -> list:
    """What is in ``found``: a list, a tuple, a set, an array of one axis, a generator. Raises ``NotYet``, which begins
    with ``said``.
    """
    expect(found is not None, f"{said}: the function returns nothing")
    is_row = isinstance(found, Iterable) and not isinstance(found, str | bytes | dict)
    is_row = is_row and getattr(found, "ndim", 1) == 1
    expect(is_row, f"{said}, {a_or_an(found)}; expected a list")
    return [_item(one) for one in found]


def truth_of(found: object, said: str) -> bool:
    """``found`` as a truth value; 0 and 1 count. Raises ``NotYet``, which begins with ``said``."""
    expect(found is not None, f"{said}: the function returns nothing; expected True or False")
    value = _item(found)
    expect(isinstance(value, Real) and value in (0, 1), f"{said}, {a_or_an(found)}; expected True or False")
    return bool(value)


def _item(found: object) -> object:
    """NumPy's single values as Python's; the rest as it is."""
    return found.item() if getattr(found, "ndim", None) == 0 else found


class _Gap(Exception):
    """The three dots are still there."""


def _without_gap(value: object, returned: list[str]) -> object:
    """The value, if there are no three dots in it. Raises ``_Gap``; a function does so when it meets them."""
    if value is ... or (isinstance(value, str) and "..." in value):
        raise _Gap
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | set) else ():
        _without_gap(part, returned)
    return _watched(value, returned) if isinstance(value, FunctionType) else value


def _watched(function: FunctionType, returned: list[str]) -> FunctionType:
    """The function; if it returns dots, or fails because of them, it has a gap. (``x[..., 0]`` has dots but no gap.)

    After a call, ``returned`` says what came out, in case the check fails over that. It is empty if the call raised.
    """

    @functools.wraps(function)
    def watched(*arguments: object, **named: object) -> object:
        returned.clear()
        try:
            result = function(*arguments, **named)
        except Exception as error:
            if "ellipsis" in str(error).lower():
                raise _Gap from error
            raise
        if result is ...:
            raise _Gap
        returned[:] = [f"{function.__name__} returned {reprlib.repr(result)}, and {UNUSABLE.format('that')}"]
        return result

    return watched
