"""Stores one byte for each integer, which saves nothing.

Rejected by: test_two_integers_share_a_byte, test_the_real_layer_keeps_its_answers_in_half_the_bytes
"""


def pack(integers):
    flat = integers.ravel()
    if flat.size and (flat.min() < -8 or flat.max() > 7):
        raise ValueError("expected -8 to 7")
    return integers.tobytes()
