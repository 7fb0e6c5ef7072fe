"""Gives the request no time-out, so that it waits as long as the server likes.

Rejected by: test_a_server_that_hangs_is_given_up
"""

import requests

from server.clients.client import Refused, ServerError, Unreachable


class JsonCalls:
    def call(self, method, route, body=None):
        try:
            response = self._session.request(method, self._url + route, json=body)
            answer = response.json()
        except requests.JSONDecodeError as error:
            raise ServerError("no JSON") from error
        except requests.RequestException as error:
            raise Unreachable(f"no answer from {self._url}") from error
        if response.ok:
            return answer
        kind = Refused if response.status_code < 500 else ServerError
        raise kind(f"the server answered {response.status_code}: {answer['error']}")
