"""Scales the pixels before it sends them, as the course notes do; the graph would do it again.

Rejected by: test_rest_predicts
"""

import numpy as np

from server.clients.client import Prediction, ServerError
from server.clients.rest_client import SIGNATURE, pixels_for


class RestClient:
    def _classify(self, batch):
        body = {"signature_name": SIGNATURE, "instances": (pixels_for(batch, self._input) / 255).tolist()}
        answer = self._json.call("POST", f"{self._route}:predict", body)
        if "predictions" not in answer:
            raise ServerError("no predictions")
        for row in answer["predictions"]:
            yield Prediction(row["label"], max(row["scores"]), np.array(row["scores"], np.float32))
