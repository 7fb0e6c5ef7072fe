"""Sends the body as form fields, which is what `data` means, not as JSON.

Rejected by: test_returns_what_is_answered
"""

import requests

from server.clients.client import Refused, ServerError, Unreachable


class JsonCalls:
    def call(self, method, route, body=None):
        try:
            response = self._session.request(method, self._url + route, data=body, timeout=self._timeout)
        except requests.RequestException as error:
            raise Unreachable(f"no answer from {self._url}") from error
        try:
            answer = response.json()
        except ValueError as error:
            raise ServerError(f"{response.status_code} without JSON") from error
        if response.ok:
            return answer
        kind = Refused if response.status_code < 500 else ServerError
        raise kind(f"the server answered {response.status_code}: {answer.get('error')}")
