"""The measurement of what the server stands."""

from __future__ import annotations

from server.routes import MAX_BODY_BYTES
from workbook.bench import stress


def test_each_body_is_as_large_as_one_may_be():
    assert all(0.9 < len(body) / MAX_BODY_BYTES <= 1 for body in stress.BODIES.values())


def test_it_measures_beside_silent_connections_and_large_bodies(monkeypatch):
    monkeypatch.setattr(stress, "AT_ONCE", 2)
    monkeypatch.setattr(stress, "QUESTIONS", 2)
    assert 0 < stress.slowest_beside(3) < 60
    seconds, before, most, probe = stress.cost_of(stress.BODIES["numbers"])
    assert seconds > 0
    assert 0 < before <= most
    assert probe > 0
