"""Includes the traceback, which tells a visitor about files and code.

Rejected by: test_bad_images_are_400_in_json
"""

import orjson
from werkzeug.exceptions import HTTPException

from server.preprocessing import BadInput
from server.repository import NotServed


def add_error_answers(app):
    def as_json(error):
        response = error.get_response()
        response.set_data(orjson.dumps({"error": error.description}))
        response.content_type = "application/json"
        return response

    def inside(error):
        import traceback

        return {"error": "".join(traceback.format_exception(error))}, 400

    app.register_error_handler(BadInput, inside)
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, as_json)
