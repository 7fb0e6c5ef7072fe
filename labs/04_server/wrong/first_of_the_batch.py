"""Takes only the first image of a batch.

Rejected by: test_a_batch_keeps_all_its_images
"""

import orjson

from server.preprocessing import BadInput, check_pixels


def pixels_in_json(body, spec):
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput("the body is not valid JSON") from error
    if not isinstance(content, dict) or ("image" in content) == ("images" in content):
        raise BadInput('expected either "image" or "images"')
    return check_pixels([content["image"] if "image" in content else content["images"][0]], spec)
