# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["kserve==0.21.*", "ai-edge-litert"]
# ///
"""KServe's model server: a custom model, protocol V1, as many processes as workers, no gRPC."""

import kserve
import uvicorn
from common import HOST, NAME, Clothes, port, workers
from kserve.protocol.rest import server as rest_server


class Loopback(uvicorn.Config):
    """KServe listens on every interface, and has no setting for it."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **{**settings, "host": HOST})


class Model(kserve.Model):
    def __init__(self):
        super().__init__(NAME)
        self._clothes = None
        self.ready = True

    async def predict(self, payload, headers=None, response_headers=None):
        if self._clothes is None:  # the server gives each process a copy of the model; an interpreter cannot be copied
            self._clothes = Clothes()
        return {"predictions": self._clothes.scores(payload["instances"]).tolist()}


if __name__ == "__main__":
    rest_server.uvicorn.Config = Loopback
    server = kserve.ModelServer(http_port=port(), workers=workers(), enable_grpc=False, enable_latency_logging=False)
    server.start([Model()])
