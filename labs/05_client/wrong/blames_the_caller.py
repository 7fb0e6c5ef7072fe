"""Calls every error Refused, so that callers look for a mistake of their own while the server burns.

Rejected by: test_says_who_has_to_act
"""

import requests

from server.clients.client import Refused, ServerError, Unreachable


class JsonCalls:
    def call(self, method, route, body=None):
        try:
            response = self._session.request(method, self._url + route, json=body, timeout=self._timeout)
            answer = response.json()
        except requests.JSONDecodeError as error:
            raise ServerError("no JSON") from error
        except requests.RequestException as error:
            raise Unreachable(f"no answer from {self._url}") from error
        if response.ok:
            return answer
        raise Refused(f"the server answered {response.status_code}: {answer['error']}")
