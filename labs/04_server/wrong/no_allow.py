"""Makes a new answer for Flask's refusals, and loses the header that says which methods are allowed.

Rejected by: test_a_405_says_what_is_allowed
"""

from werkzeug.exceptions import HTTPException

from server.preprocessing import BadInput
from server.repository import NotServed


def add_error_answers(app):
    app.register_error_handler(BadInput, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, lambda error: ({"error": error.description}, error.code))
