"""Counts whole parts only, and loses the rest.

Rejected by: test_a_large_batch_goes_in_parts
"""

import numpy as np

from server.clients.client import BATCH_SIZE


class ImageClient:
    def classify(self, images):
        images = np.asarray(images)
        batch = images[np.newaxis] if images.ndim == 2 else images
        predictions = []
        for part in range(max(1, len(batch) // BATCH_SIZE)):
            predictions += self._classify(batch[part * BATCH_SIZE : (part + 1) * BATCH_SIZE])
        return predictions
