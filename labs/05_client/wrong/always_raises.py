"""Raises whatever happens, with words for every case.

Rejected by: test_returns_what_is_answered, test_a_server_that_hangs_is_given_up, test_says_who_has_to_act,
test_what_is_no_json_is_a_server_error, test_a_bad_file_is_named_before_anything_is_sent
"""

from server.clients.client import ServerError
from server.preprocessing import BadInput


class JsonCalls:
    def call(self, method, route, body=None):
        raise ServerError("400 404 429 500 because")


class ImageClient:
    def classify_files(self, paths):
        raise BadInput("notes.png is not a picture")
