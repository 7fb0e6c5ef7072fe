"""Calls the first signature predict, so that a request that names none finds none.

Rejected by: test_five_signatures
"""

import tensorflow as tf

from pipeline.saved_model import Graph, Signature


def signatures_of(model, card):
    shape = card.input.shape
    graph = Graph(model, card)
    return [
        Signature("predict", graph.serving_default, tf.TensorSpec([None, *shape], tf.uint8, "pixels")),
        Signature("labels", graph.labels, tf.TensorSpec([None, *shape], tf.uint8, "pixels")),
        Signature("scaled", graph.scaled, tf.TensorSpec([None, *shape, 1], tf.float32, "image")),
        Signature("encoded", graph.encoded, tf.TensorSpec([None], tf.string, "image_bytes")),
        Signature("classify", graph.classify, tf.TensorSpec([None], tf.string, "inputs")),
    ]
