"""Sends all images in one request, however many there are.

Rejected by: test_a_large_batch_goes_in_parts
"""

import numpy as np


class ImageClient:
    def classify(self, images):
        images = np.asarray(images)
        return list(self._classify(images[np.newaxis] if images.ndim == 2 else images))
