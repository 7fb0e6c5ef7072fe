"""The rooms of the packages explain themselves: a purpose each, names that can be told apart, imports one way."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from docs.extensions.rooms import Room, order, read_rooms, room_graph
from tests.conftest import ROOT

ROOMS = {room.name: room for room in read_rooms()}
MOST_MODULES = 16
ENDINGS = r"(?:s|er|ers|ed|ing|ings|ion|ions|y)$"


@pytest.fixture(params=ROOMS)
def room(request) -> Room:
    return ROOMS[request.param]


def opening(room: Room) -> str:
    source = (ROOT / room.name.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")
    return source.split('"""')[1] if source.startswith('"""') else ""


def names_in(room: Room) -> list[str]:
    """The modules of a room, and the rooms in it."""
    inside = [name.rpartition(".")[2] for name in ROOMS if name.rpartition(".")[0] == room.name]
    return [*(name for name in room.modules if not name.startswith("_")), *inside]


def differ_by_an_ending(one: str, other: str) -> bool:
    return re.sub(ENDINGS, "", one) == re.sub(ENDINGS, "", other)


def test_no_two_rooms_need_each_other():
    assert order(room_graph())


def test_two_that_need_each_other_are_found(tmp_path):
    for name, source in {"a": "import server.b.two", "b": "from server.a import one"}.items():
        folder = tmp_path / "server" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / {"a": "one.py", "b": "two.py"}[name]).write_text(source)
    (tmp_path / "server" / "__init__.py").write_text("")
    with pytest.raises(ValueError, match="cycle"):
        order(room_graph(tmp_path))


def test_a_room_says_what_it_is_for_where_to_begin_and_who_may_import_it(room):
    text = opening(room)
    missing = [word for word in ("egin", "mport") if word not in text]
    assert len(text.strip().splitlines()) >= 3 and not missing, (
        f"{room.name}/__init__.py: say in three lines what it is for, what may import it, and with what to begin"
    )


def test_no_two_names_in_a_room_differ_by_an_ending(room):
    alike = [pair for pair in combinations(names_in(room), 2) if differ_by_an_ending(*pair)]
    assert alike == [], f"{room.name}: a newcomer cannot tell these apart"


@pytest.mark.parametrize("pair", [("checker", "checking"), ("checks", "checker"), ("run", "runs"), ("lab", "labs")])
def test_names_that_differ_by_an_ending_are_told(pair):
    assert differ_by_an_ending(*pair)


def test_no_room_holds_more_than_one_can_look_over(room):
    assert len(room.modules) <= MOST_MODULES, f"{room.name} has {len(room.modules)} modules: sort them into rooms"
