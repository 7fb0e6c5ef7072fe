"""Silently cuts pixels to eight bits: 0.5 becomes 0, and so does 256.

Rejected by: test_rest_sends_nothing_that_does_not_fit
"""

import numpy as np

from server.clients.client import Prediction, ServerError
from server.clients.rest_client import SIGNATURE


class RestClient:
    def _classify(self, batch):
        body = {"signature_name": SIGNATURE, "instances": batch.astype(np.uint8).tolist()}
        answer = self._json.call("POST", f"{self._route}:predict", body)
        if "predictions" not in answer:
            raise ServerError("no predictions")
        for row in answer["predictions"]:
            yield Prediction(row["label"], max(row["scores"]), np.array(row["scores"], np.float32))
