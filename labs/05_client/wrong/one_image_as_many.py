"""Takes one image of shape (28, 28) for 28 images.

Rejected by: test_one_image_is_a_batch_of_one
"""

from server.clients.client import BATCH_SIZE


class ImageClient:
    def classify(self, images):
        predictions = []
        for start in range(0, len(images), BATCH_SIZE):
            predictions += self._classify(images[start : start + BATCH_SIZE])
        return predictions
