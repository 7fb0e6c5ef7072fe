# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = [
#     "mlserver==1.7.*",
#     "uvloop==0.21.0",  # with a newer one, MLServer 1.7 does not start
#     "ai-edge-litert",
# ]
# ///
"""MLServer: a custom runtime, protocol V2, in a single process.

It can have a pool of inference processes, but takes all requests in one, and passing a request on costs more than a
model this small: this is its faster way.
"""

import asyncio
import tempfile

from common import HOST, NAME, Clothes, free_port, port
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse, MetadataTensor

IMAGE = MetadataTensor(name="image", datatype="UINT8", shape=[-1, 28, 28])
SCORES = MetadataTensor(name="scores", datatype="FP32", shape=[-1, 10])


class Model(MLModel):
    async def load(self) -> bool:
        self._clothes = Clothes()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pixels = NumpyCodec.decode_input(payload.inputs[0])
        scores = NumpyCodec.encode_output("scores", self._clothes.scores(pixels))
        return InferenceResponse(model_name=self.name, outputs=[scores])


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            host=HOST,
            http_port=port(),
            grpc_port=free_port(),
            metrics_port=free_port(),
            metrics_dir=folder,
            environments_dir=folder,
            parallel_workers=0,
            debug=False,
        )
        # Without these, its metadata are empty.
        described = {"platform": "python", "inputs": [IMAGE], "outputs": [SCORES]}
        await MLServer(settings).start([ModelSettings(name=NAME, implementation=Model, **described)])


if __name__ == "__main__":
    asyncio.run(main())
