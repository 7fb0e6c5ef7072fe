"""Leaves errors to `raise_for_status`, whose exception does not have the server's reason.

Rejected by: test_says_who_has_to_act
"""

import requests

from server.clients.client import Unreachable


class JsonCalls:
    def call(self, method, route, body=None):
        try:
            response = self._session.request(method, self._url + route, json=body, timeout=self._timeout)
        except requests.RequestException as error:
            raise Unreachable(f"no answer from {self._url}") from error
        response.raise_for_status()
        return response.json()
