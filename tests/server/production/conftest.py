"""The production server that the tests share: those that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.model_card import PINNED_MODELS
from tests.server.production.running import Production


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """The pinned models, served by two workers."""
    server = Production(PINNED_MODELS, tmp_path_factory.mktemp("production") / "log.txt")
    yield server
    assert server.stop() == 0, server.log.read_text()[-2000:]
