"""Scales the pixels before it sends them; the server will scale them again.

Rejected by: test_pixels_are_sent_as_they_are
"""

import numpy as np

from server.clients.client import BATCH_SIZE


class ImageClient:
    def classify(self, images):
        images = np.asarray(images) / 255
        batch = images[np.newaxis] if images.ndim == 2 else images
        predictions = []
        for start in range(0, len(batch), BATCH_SIZE):
            predictions += self._classify(batch[start : start + BATCH_SIZE])
        return predictions
