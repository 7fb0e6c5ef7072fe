"""Refuses everything, which is right for all bad input, and has words for every case.

Rejected by: test_good_pixels_pass_unchanged, test_wrong_shapes_are_refused, test_floats_are_refused,
test_what_is_no_number_is_refused, test_numbers_out_of_range_are_refused, test_a_body_without_images_is_refused
"""

from server.preprocessing import BadInput


def check_pixels(images, spec):
    raise BadInput("expected whole numbers from 0 to 255, or to 16, not scaled")


def pixels_in_json(body, spec):
    raise BadInput("expected JSON with an image")
