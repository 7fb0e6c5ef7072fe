"""Trusts the client to send what it should; everything else is a KeyError or TypeError, which makes a 500.

Rejected by: test_a_body_without_images_is_refused
"""

import orjson

from server.preprocessing import check_pixels


def pixels_in_json(body, spec):
    content = orjson.loads(body)
    return check_pixels(content["images"] if "images" in content else [content["image"]], spec)
