"""Divides by 255, whatever the card says about the pixels.

Rejected by: test_the_graph_scales
"""

import tensorflow as tf


class Graph:
    def labels(self, pixels):

        checked = tf.ensure_shape(pixels, [None, *self._input.shape])
        scores = self.scaled(tf.cast(checked, tf.float32)[..., tf.newaxis] / 255)["scores"]
        return {"scores": scores, "label": tf.gather(self._classes, tf.argmax(scores, axis=1))}
