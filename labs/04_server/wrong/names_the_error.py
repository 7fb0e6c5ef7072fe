"""Answers Flask's refusals with their name, which says no more than the status.

Rejected by: test_what_flask_refuses_is_json_too
"""

import orjson
from werkzeug.exceptions import HTTPException

from server.preprocessing import BadInput
from server.repository import NotServed


def add_error_answers(app):
    def as_json(error):
        response = error.get_response()
        response.set_data(orjson.dumps({"error": error.name}))
        response.content_type = "application/json"
        return response

    app.register_error_handler(BadInput, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, as_json)
