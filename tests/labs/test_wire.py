"""What travels between the checks and the student's process comes back as it was, and nothing can be forged into it."""

from __future__ import annotations

import contextlib
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbook.labs.sandbox.inside import wire

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    plain,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@given(values)
def test_plain_values_come_back(value):
    assert wire.load(wire.dump(value)) == value


@given(hnp.arrays(st.sampled_from([np.uint8, np.int64, np.float32, np.bool_]), hnp.array_shapes(min_dims=0)))
def test_arrays_come_back_with_type_and_shape(array):
    back = wire.load(wire.dump(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


@given(st.binary() | st.text().map(str.encode) | values.map(lambda value: json.dumps(str(value)).encode()))
def test_any_bytes_are_a_value_or_a_value_error(line):
    with contextlib.suppress(ValueError):
        wire.load(line)


@pytest.mark.parametrize(
    "forged",
    [
        {"__array__": "AAAA", "dtype": "O", "shape": [1]},
        {"__array__": "AAAA", "dtype": "u1", "shape": [10**12]},
        {"__array__": 5, "dtype": "u1", "shape": [1]},
        {"__array__": "AAAA", "dtype": "i4,O", "shape": [1]},
        {"__array__": "AAAA"},
        {"__tuple__": 3},
        {"__bytes__": []},
    ],
)
def test_forged_values_are_refused(forged):
    with pytest.raises(ValueError):
        wire.load(json.dumps(forged).encode())


def test_a_pickle_is_never_opened():
    with pytest.raises(ValueError):
        wire.load(pickle.dumps({"value": 1}))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "an object"),
        ({1, 2}, "a set"),
        (np.array([object()]), "a NumPy array of object"),
        (lambda: 0, "a function"),
        ((number for number in ()), "a generator"),
    ],
)
def test_of_what_is_no_plain_value_only_the_kind_is_sent(value, kind):
    for whole in ([value], {"a": value}):
        assert kind in repr(wire.load(wire.dump(whole)))
