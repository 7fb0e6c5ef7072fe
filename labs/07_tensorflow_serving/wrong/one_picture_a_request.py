"""Builds a batch of one into the signature, and calls the files by a name that JSON cannot carry.

Rejected by: test_inputs_have_names_types_and_shapes
"""

import tensorflow as tf

from pipeline.saved_model import Graph, Signature


def signatures_of(model, card):
    shape = card.input.shape
    graph = Graph(model, card)
    return [
        Signature("serving_default", graph.serving_default, tf.TensorSpec([None, *shape], tf.uint8, "pixels")),
        Signature("labels", graph.labels, tf.TensorSpec([1, *shape], tf.uint8, "pixels")),
        Signature("scaled", graph.scaled, tf.TensorSpec([None, *shape, 1], tf.float32, "image")),
        Signature("encoded", graph.encoded, tf.TensorSpec([None], tf.string, "image")),
        Signature("classify", graph.classify, tf.TensorSpec([None], tf.string, "inputs")),
    ]
