"""Pixels in, model input out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from server.model_card import InputSpec
from server.preprocessing import BadInput, check_pixels, to_model_input

CLOTHES = InputSpec((28, 28), 0, 255)
batches = hnp.arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(28), st.just(28)))


@given(batches)
def test_pixels_pass_the_check_unchanged(pixels):
    checked = check_pixels(pixels.tolist(), CLOTHES)
    assert checked.dtype == np.uint8
    np.testing.assert_array_equal(checked, pixels)


@given(batches)
def test_model_input_is_the_pixels_over_255_with_a_channel(pixels):
    batch = to_model_input(pixels)
    assert (batch.dtype, batch.shape) == (np.float32, (*pixels.shape, 1))
    np.testing.assert_array_equal(np.round(batch[..., 0] * 255), pixels)


@given(batches)
def test_scaled_pixels_are_refused(pixels):
    with pytest.raises(BadInput, match="do not scale"):
        check_pixels((pixels / 255).tolist(), CLOTHES)


@given(batches)
def test_arrays_are_taken_as_numbers_not_as_memory(pixels):
    np.testing.assert_array_equal(check_pixels(pixels.astype(np.int64), CLOTHES), pixels)
    with pytest.raises(BadInput, match="do not scale"):
        check_pixels(list(pixels.astype(np.float32)), CLOTHES)


def test_the_range_is_that_of_the_card():
    digits = InputSpec((8, 8), 0, 16)
    assert check_pixels(np.full((1, 8, 8), 16).tolist(), digits).max() == 16
    with pytest.raises(BadInput, match="0 to 16"):
        check_pixels(np.full((1, 8, 8), 17).tolist(), digits)
