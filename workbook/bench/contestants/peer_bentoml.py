# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["bentoml==1.4.*", "ai-edge-litert"]
# ///
"""BentoML: a service with the same number of workers, in production mode, whose route gathers requests into batches."""

import os
import sys

import bentoml
import numpy as np
from common import HOST, Clothes, port, workers


@bentoml.service(workers=workers())
class Service:
    def __init__(self) -> None:
        self._clothes = Clothes()

    @bentoml.api(batchable=True)
    def classify(self, images: np.ndarray) -> np.ndarray:
        return self._clothes.scores(images)


if __name__ == "__main__":
    here = os.path.dirname(__file__)
    serve = ["-m", "bentoml", "serve", "peer_bentoml:Service", "--working-dir", here]
    os.execv(sys.executable, [sys.executable, *serve, "--host", HOST, "--port", str(port())])
