"""Calls every error Refused, so that callers look for a mistake of their own while the server burns.

Rejected by: test_a_fault_of_the_server_is_not_called_the_callers
"""

import requests

from server.client import Refused, ServerError, Unreachable


class Client:
    def _call(self, method, body=None):
        try:
            response = self._session.request(method, self._url, json=body, timeout=self._timeout)
            answer = response.json()
        except requests.JSONDecodeError as error:
            raise ServerError("no JSON") from error
        except requests.RequestException as error:
            raise Unreachable(f"no answer from {self._url}") from error
        if response.ok:
            return answer
        raise Refused(f"the server answered {response.status_code}: {answer['error']}")
