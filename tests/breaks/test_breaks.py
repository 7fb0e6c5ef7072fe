"""The list of breaks keeps up with the course: each has its one place in the code, and its tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.breaks.run import Unusable, nodes_of, place_of, read_breaks, texts_of
from tests.conftest import ROOT

BREAKS = read_breaks()


def test_each_has_its_one_place_and_its_tests():
    texts = texts_of(ROOT)
    for one in BREAKS:
        assert one.old != one.new
        assert place_of(one, texts).suffix and nodes_of(one, ROOT)


def test_one_that_fits_no_longer_is_named():
    texts = texts_of(ROOT)
    for change in ({"old": "nobody wrote this"}, {"old": "import", "files": "*.py"}):
        with pytest.raises(Unusable, match=f"{BREAKS[0].name}: its text must stand once"):
            place_of(replace(BREAKS[0], **change), texts)
    for test, said in (
        ("test_none.py::test_x", "0 files below"),
        ("test_preprocessing.py::test_x", "has no test test_x"),
    ):
        with pytest.raises(Unusable, match=said):
            nodes_of(replace(BREAKS[0], tests=(test,)), ROOT)
