"""Calls requests directly, without a time-out, and lets its exceptions out.

Rejected by: test_rest_says_who_has_to_act, test_rest_does_not_wait_forever
"""

import numpy as np

from server.clients.client import Prediction
from server.clients.rest_client import SIGNATURE, pixels_for


class RestClient:
    def _classify(self, batch):
        import requests

        body = {"signature_name": SIGNATURE, "instances": pixels_for(batch, self._input).tolist()}
        answer = requests.post(f"{self._json._url}{self._route}:predict", json=body)
        answer.raise_for_status()
        for row in answer.json()["predictions"]:
            yield Prediction(row["label"], max(row["scores"]), np.array(row["scores"], np.float32))
