"""Sends float32, as for the bare network; the signature takes uint8.

Rejected by: test_grpc_sends_uint8
"""

import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from server.clients.client import Prediction
from server.clients.rest_client import SIGNATURE, pixels_for


class GrpcClient:
    def _classify(self, batch):
        request = PredictRequest()
        request.model_spec.signature_name = SIGNATURE
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(pixels_for(batch, self._input), tf.float32))
        outputs = self._call(self._service.Predict, request).outputs
        for label, row in zip(outputs["label"].string_val, tf.make_ndarray(outputs["scores"]), strict=True):
            yield Prediction(label.decode(), float(row.max()), row)
