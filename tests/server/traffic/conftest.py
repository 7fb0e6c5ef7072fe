"""A front that the tests share, each with a policy of its own, and the servers behind it, which are new for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.traffic.running import ONE, Front, clothes
from tests.server.traffic.upstreams import Upstream


@pytest.fixture(scope="package")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    nobody = "http://127.0.0.1:9"
    front = Front(tmp_path_factory.mktemp("front"), clothes(nobody, nobody, ONE))
    yield front
    assert front.stop() == 0, front.log.read_text()[-2000:]


@pytest.fixture
def one() -> Iterator[Upstream]:
    yield from _running()


@pytest.fixture
def two() -> Iterator[Upstream]:
    yield from _running()


@pytest.fixture
def gate() -> Iterator[Upstream]:
    yield from _running()


def _running() -> Iterator[Upstream]:
    upstream = Upstream()
    yield upstream
    upstream.stop()
