"""Calls the service by itself: without version, deadline and exceptions.

Rejected by: test_grpc_predicts_as_every_call
"""

import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from server.clients.client import Prediction
from server.clients.rest_client import SIGNATURE, pixels_for


class GrpcClient:
    def _classify(self, batch):
        request = PredictRequest()
        request.model_spec.signature_name = SIGNATURE
        request.model_spec.name = self._model
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(pixels_for(batch, self._input)))
        outputs = self._service.Predict(request).outputs
        for label, row in zip(outputs["label"].string_val, tf.make_ndarray(outputs["scores"]), strict=True):
            yield Prediction(label.decode(), float(row.max()), row)
