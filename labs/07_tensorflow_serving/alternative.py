"""Another correct answer, written differently throughout. What the reference does not import, a function does."""

import os
import shutil

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from pipeline.saved_model import Graph, Signature
from server.clients.client import Prediction, Refused, ServerError, Unreachable
from server.clients.grpc_client import FAULTS, SILENCE
from server.clients.rest_client import SIGNATURE, pixels_for
from server.model_card import CARD_FILE, EXTRA_FOLDER, sha256_of


class Graph:  # noqa: F811  its own methods alone are taken
    def labels(self, pixels):
        height, width = self._input.shape
        fits = tf.reduce_all(tf.equal(tf.shape(pixels)[-2:], (height, width))) & tf.equal(tf.rank(pixels), 3)
        with tf.control_dependencies([tf.debugging.Assert(fits, [tf.shape(pixels)])]):
            image = tf.expand_dims(tf.cast(pixels, "float32"), 3) * (1 / self._input.high)
        scores = self.scaled(image)["scores"]
        best = tf.equal(scores, tf.reduce_max(scores, axis=1, keepdims=True))
        names = tf.constant(list(self._classes))
        return {
            "label": tf.map_fn(lambda row: tf.boolean_mask(names, row)[0], best, fn_output_signature=tf.string),
            "scores": scores,
        }


def signatures_of(model, card):
    graph, (height, width) = Graph(model, card), card.input.shape
    pixels = tf.TensorSpec((None, height, width), "uint8", name="pixels")
    inputs = {
        "classify": tf.TensorSpec((None,), "string", name="inputs"),
        "encoded": tf.TensorSpec((None,), "string", name="image_bytes"),
        "labels": pixels,
        "scaled": tf.TensorSpec((None, height, width, 1), "float32", name="image"),
        "serving_default": pixels,
    }
    return [Signature(name, getattr(graph, name), spec) for name, spec in inputs.items()]


def write_version(root, card, save):
    import uuid

    base = root / card.name
    coming, going = (base / f"_{uuid.uuid4().hex}" for _ in range(2))
    (coming / EXTRA_FOLDER).mkdir(parents=True)
    try:
        save(coming)
        files = [os.path.join(folder, name) for folder, _, names in os.walk(coming) for name in names]
        sums = {os.path.relpath(file, coming / EXTRA_FOLDER): sha256_of(coming / file) for file in files}
        card.files.clear()
        card.files.update({name.replace(os.sep, "/"): digest for name, digest in sums.items()})
        card.write(coming / EXTRA_FOLDER / CARD_FILE)
        if (base / str(card.version)).is_dir():
            (base / str(card.version)).rename(going)
        return coming.rename(base / str(card.version))
    finally:
        shutil.rmtree(coming, ignore_errors=True)
        shutil.rmtree(going, ignore_errors=True)


class RestClient:
    def _classify(self, batch):
        pixels = pixels_for(batch, self._input).tolist()
        asked = {"inputs": {"pixels": pixels}, "signature_name": SIGNATURE}
        try:
            outputs = self._json.call("POST", self._route + ":predict", asked)["outputs"]
            labels, scores = outputs["label"], np.asarray(outputs["scores"], "float32")
        except (KeyError, TypeError) as error:
            raise ServerError("no outputs in the answer") from error
        return [Prediction(label, row.max().item(), row) for label, row in zip(labels, scores, strict=True)]


class GrpcClient:
    def _call(self, method, request):
        meant = request.model_spec
        meant.name = self._model
        if type(self._version) is int:
            meant.version.value = self._version
        elif self._version:
            meant.version_label = self._version
        try:
            answer, _ = method.with_call(request, timeout=self._timeout)
        except grpc.RpcError as error:
            kinds = {**dict.fromkeys(SILENCE, Unreachable), **dict.fromkeys(FAULTS, Refused)}
            raise kinds.get(error.code(), ServerError)(f"{error.code()}: {error.details()}") from error
        return answer

    def _classify(self, batch):
        pixels = pixels_for(batch, self._input)
        request = PredictRequest()
        request.model_spec.signature_name = SIGNATURE
        tensor = request.inputs["pixels"]
        tensor.dtype = tf.uint8.as_datatype_enum
        tensor.tensor_content = pixels.tobytes()
        for size in pixels.shape:
            tensor.tensor_shape.dim.add(size=size)
        answer = self._call(self._service.Predict, request)
        labels = tf.make_ndarray(answer.outputs["label"])
        scores = np.reshape(answer.outputs["scores"].float_val, (len(labels), -1)).astype(np.float32)
        return [
            Prediction(str(label, "utf-8"), float(max(row)), row) for label, row in zip(labels, scores, strict=True)
        ]
