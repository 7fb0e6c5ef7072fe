"""Answers with the number of the class, which every caller has to look up.

Rejected by: test_the_graph_names_the_class
"""

import tensorflow as tf


class Graph:
    def labels(self, pixels):

        checked = tf.ensure_shape(pixels, [None, *self._input.shape])
        scores = self.scaled(tf.cast(checked, tf.float32)[..., tf.newaxis] / self._input.high)["scores"]
        return {"scores": scores, "label": tf.argmax(scores, axis=1)}
