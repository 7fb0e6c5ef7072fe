# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["kserve==0.21.*", "ai-edge-litert"]
# ///
"""KServe's model server once more, for protocol V2: `python -m workbook.contracts.compare` asks it what the reference
is asked."""

import kserve
import numpy as np
from common import NAME, Clothes, port
from kserve import InferOutput, InferRequest, InferResponse
from kserve.protocol.rest import server as rest_server
from kserve.utils.utils import generate_uuid
from peer_kserve import Loopback

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


class Model(kserve.Model):
    def __init__(self):
        super().__init__(NAME)
        self._clothes = Clothes()
        self.ready = True

    def get_input_types(self):
        return [{"name": "image", "datatype": "UINT8", "shape": [-1, 28, 28]}]

    def get_output_types(self):
        scores = {"name": "scores", "datatype": "FP32", "shape": [-1, len(CLASSES)]}
        return [scores, {"name": "label", "datatype": "BYTES", "shape": [-1]}]

    async def predict(self, payload: InferRequest, headers=None, response_headers=None):
        scores = self._clothes.scores(payload.inputs[0].as_numpy())
        labels = [CLASSES[best] for best in scores.argmax(axis=1)]
        tensor = InferOutput("scores", list(scores.shape), "FP32")
        tensor.set_data_from_numpy(scores.astype(np.float32), binary_data=False)
        outputs = [tensor, InferOutput("label", [len(labels)], "BYTES", data=labels)]
        return InferResponse(payload.id or generate_uuid(), NAME, outputs)  # it must be text, even if none was given


if __name__ == "__main__":
    rest_server.uvicorn.Config = Loopback
    kserve.ModelServer(http_port=port(), workers=1, enable_grpc=False, enable_latency_logging=False).start([Model()])
