"""Refuses whatever comes, so that nothing bad gets through.

Rejected by: test_rest_predicts, test_rest_sends_nothing_that_does_not_fit, test_rest_says_who_has_to_act
"""

from server.clients.client import Refused


class RestClient:
    def _classify(self, batch):
        raise Refused("because it does not fit")
