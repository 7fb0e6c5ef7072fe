"""Catches only `ConnectionError`: an answer that breaks off raises another exception of `requests`.

Rejected by: test_an_answer_that_breaks_off_is_a_server_error
"""

import requests

from server.clients.client import Refused, ServerError, Unreachable


class JsonCalls:
    def call(self, method, route, body=None):
        try:
            response = self._session.request(method, self._url + route, json=body, timeout=self._timeout)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Unreachable(f"no answer from {self._url}") from error
        try:
            answer = response.json()
        except requests.JSONDecodeError as error:
            raise ServerError(f"{self._url} answered without JSON") from error
        if response.ok:
            return answer
        kind = Refused if response.status_code < 500 else ServerError
        raise kind(f"the server answered {response.status_code}: {answer['error']}")
