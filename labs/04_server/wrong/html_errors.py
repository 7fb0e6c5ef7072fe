"""Handles the server's own exceptions and leaves Flask's refusals in HTML.

Rejected by: test_what_flask_refuses_is_json_too
"""

from server.preprocessing import BadInput
from server.repository import NotServed


def add_error_answers(app):
    app.register_error_handler(BadInput, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
