"""Requests that TensorFlow Serving sends to a model before any client may, so that nobody waits for a first call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import ClassifyLog, PredictionLog, PredictLog

from server.model_card import ModelCard

WARMUP_FILE = "tf_serving_warmup_requests"  # the name that TensorFlow Serving looks for in assets.extra/


def write_warmup_requests(path: Path, card: ModelCard) -> None:
    """Write one request with one blank picture for each signature: a TFRecord file of ``PredictionLog`` messages."""
    blank = np.zeros((1, *card.input.shape), np.uint8)
    logs = [
        _predict(card, "serving_default", pixels=blank),
        _predict(card, "labels", pixels=blank),
        _predict(card, "scaled", image=np.zeros((1, *card.input.shape, 1), np.float32)),
        _predict(card, "encoded", image_bytes=[tf.io.encode_png(blank[0][..., np.newaxis]).numpy()]),
        _classify(card, blank),
    ]
    with tf.io.TFRecordWriter(str(path)) as file:
        for log in logs:
            file.write(log.SerializeToString())


def example_of(pixels: np.ndarray) -> tf.train.Example:
    """One picture, uint8 (height, width), as the signature ``classify`` takes it."""
    numbers = tf.train.Int64List(value=pixels.ravel().tolist())
    return tf.train.Example(features=tf.train.Features(feature={"pixels": tf.train.Feature(int64_list=numbers)}))


def _predict(card: ModelCard, signature: str, **inputs: object) -> PredictionLog:
    request = PredictRequest(model_spec=ModelSpec(name=card.name, signature_name=signature))
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return PredictionLog(predict_log=PredictLog(request=request))


def _classify(card: ModelCard, pixels: np.ndarray) -> PredictionLog:
    request = ClassificationRequest(model_spec=ModelSpec(name=card.name, signature_name="classify"))
    request.input.example_list.examples.extend(map(example_of, pixels))
    return PredictionLog(classify_log=ClassifyLog(request=request))
