# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["litserve==0.2.*", "ai-edge-litert"]
# ///
"""LitServe: as many model processes as workers, and as many processes that take the requests."""

import litserve
from common import HOST, Clothes, port, workers


class Api(litserve.LitAPI):
    def setup(self, device):
        self._clothes = Clothes()

    def decode_request(self, request):
        return request["image"]

    def predict(self, image):
        return self._clothes.scores(image)

    def encode_response(self, scores):
        return {"result": scores.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=workers(), fast_queue=True)
    server.run(host=HOST, port=port(), num_api_servers=workers(), generate_client_file=False, log_level="warning")
