"""What the tests of the labs share: processes with a lab's libraries that end with the tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def warm_place() -> Iterator[None]:
    """Where the zygotes of these tests have their sockets; without it, they end."""
    with tempfile.TemporaryDirectory(prefix="warm-") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", place)
        yield
