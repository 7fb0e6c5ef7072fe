"""Takes the outputs by position, but they have only names.

Rejected by: test_grpc_predicts
"""

import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from server.clients.client import Prediction
from server.clients.rest_client import SIGNATURE, pixels_for


class GrpcClient:
    def _classify(self, batch):
        request = PredictRequest()
        request.model_spec.signature_name = SIGNATURE
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(pixels_for(batch, self._input)))
        outputs = self._call(self._service.Predict, request).outputs
        for label, row in zip(outputs[1].string_val, tf.make_ndarray(outputs[0]), strict=True):
            yield Prediction(label.decode(), float(row.max()), row)
