"""The manager on models that are nothing but switches: what no timing of a real one would show. Cases V14 to V18."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from server.tensorflow_serving.lifecycle.manager import Manager
from server.tensorflow_serving.lifecycle.version import Retries, State
from server.tensorflow_serving.status import ServingError, not_found
from tests.tensorflow_serving.running import SECONDS, until


class Switch:
    """A servable that knows whether it is closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


class Loader:
    """Loads at once; folders that are ``held`` wait, folders that are ``broken`` fail, each load is counted."""

    def __init__(self) -> None:
        self.held: dict[Path, threading.Event] = {}
        self.broken: set[Path] = set()
        self.loads: list[Path] = []

    def __call__(self, folder: Path) -> Switch:
        self.loads.append(folder)
        if folder in self.held:
            assert self.held[folder].wait(SECONDS)
        if folder in self.broken:
            raise not_found("broken")
        return Switch()


ONE, TWO = Path("1"), Path("2")


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def manager(loader):
    manager = Manager(loader, Retries(2, 0.05))
    yield manager
    manager.stop()


def states(manager: Manager) -> dict[int, State]:
    return {version.number: version.state for version in manager.versions("m")}


def await_states(manager: Manager, expected: dict[int, State]) -> None:
    until(lambda: states(manager) == expected, SECONDS, lambda: states(manager))


def test_v14_a_version_in_use_is_not_closed(manager):
    manager.aspire("m", {1: ONE})
    await_states(manager, {1: State.AVAILABLE})
    with manager.lease("m", None) as used:
        manager.aspire("m", {2: TWO})
        await_states(manager, {2: State.AVAILABLE, 1: State.UNLOADING})
        servable = used.servable
        assert not servable.closed
        with manager.lease("m", None) as latest:
            assert latest.number == 2
        with pytest.raises(ServingError, match="Servable not found for request: Specific\\(m, 1\\)"):
            manager.lease("m", 1).__enter__()
        assert states(manager)[1] == State.UNLOADING
    await_states(manager, {2: State.AVAILABLE, 1: State.END})
    assert servable.closed


def test_v15_the_old_version_serves_while_the_new_one_loads(manager, loader):
    loader.held[TWO] = threading.Event()
    manager.aspire("m", {1: ONE})
    await_states(manager, {1: State.AVAILABLE})
    manager.aspire("m", {2: TWO})
    await_states(manager, {2: State.LOADING, 1: State.AVAILABLE})
    with manager.lease("m", None) as version:
        assert version.number == 1
    loader.held[TWO].set()
    await_states(manager, {2: State.AVAILABLE, 1: State.END})


def test_v16_a_broken_version_is_tried_again_so_often_and_no_more(manager, loader):
    loader.broken.add(ONE)
    manager.aspire("m", {1: ONE})
    await_states(manager, {1: State.END})
    manager.aspire("m", {1: ONE})
    assert loader.loads == [ONE] * 3
    with pytest.raises(ServingError, match="1 model\\(s\\) did not become available"):
        manager.wait_until_available(["m"], lambda: True, 0.1)


def test_v17_a_version_that_is_no_longer_wanted_is_not_tried_again(loader):
    manager = Manager(loader, Retries(5, SECONDS))
    loader.broken.add(ONE)
    manager.aspire("m", {1: ONE})
    until(lambda: loader.loads == [ONE], SECONDS, lambda: loader.loads)
    manager.aspire("m", {})
    await_states(manager, {1: State.END})
    assert loader.loads == [ONE]


def test_v18_whatever_a_file_does_to_its_reader_the_version_ends(loader):
    def fail(folder: Path) -> Switch:
        raise ZeroDivisionError

    manager = Manager(fail, Retries(0, 0))
    manager.aspire("m", {1: ONE})
    await_states(manager, {1: State.END})
    assert "UNKNOWN" in str(manager.versions("m")[0].error)


def test_waiting_ends_when_nobody_waits_any_more(manager, loader):
    loader.held[ONE] = threading.Event()
    manager.aspire("m", {1: ONE})
    assert not manager.wait_until_available(["m"], iter([True, False]).__next__, 0.01)
    loader.held[ONE].set()
    assert manager.wait_until_available(["m"], lambda: True, 0.01)
