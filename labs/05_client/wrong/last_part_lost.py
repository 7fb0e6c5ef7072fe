"""Counts whole parts only, and loses the rest.

Rejected by: test_a_large_batch_goes_in_parts
"""

import numpy as np

from server.client import BATCH_SIZE, Prediction, ServerError


class Client:
    def classify(self, images):
        images = np.asarray(images)
        batch = images[np.newaxis] if images.ndim == 2 else images
        predictions = []
        for part in range(max(1, len(batch) // BATCH_SIZE)):
            answer = self._call("POST", {"images": batch[part * BATCH_SIZE : (part + 1) * BATCH_SIZE].tolist()})
            if not {"labels", "result"} <= answer.keys():
                raise ServerError("an answer without labels and result")
            for label, row in zip(answer["labels"], answer["result"], strict=True):
                predictions.append(Prediction(label, max(row), np.array(row, np.float32)))
        return predictions
