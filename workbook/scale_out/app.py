"""The application that Ray Serve runs: the same file on a laptop, ``serve run workbook.scale_out.app:app``, and on a
cluster, ``serve deploy workbook/scale_out/cluster.yaml``.

It answers at the address of the reference server, by the reference server's own code.
"""

from __future__ import annotations

import asyncio

import orjson
import ray
from pydantic import BaseModel, ConfigDict
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from server.inference import infer
from server.payload import pixels_in_json
from server.preprocessing import BadInput
from workbook.scale_out.job import model
from workbook.scale_out.users import NODE

ROUTE = "/models/clothes/v1"


# A replica for every four requests that are being answered or wait. The delays are short, so that one can watch: by
# default, Ray looks back 30 s, adds replicas 30 s later, and takes them away after 600.
FOLLOW = {"target_ongoing_requests": 4, "look_back_period_s": 15, "upscale_delay_s": 5, "downscale_delay_s": 20}


class Settings(BaseModel):
    """``wait_ms`` stands for a model that takes so long elsewhere, say on an accelerator, for one request at a time.

    With ``most_replicas`` above ``replicas`` their number follows the load, and ``replicas`` is the fewest.
    """

    model_config = ConfigDict(extra="forbid")
    replicas: int = 1
    most_replicas: int = 0
    wait_ms: float = 0

    def options(self) -> dict:
        """How many replicas, as Ray is told it."""
        if self.most_replicas <= self.replicas:
            return {"num_replicas": self.replicas}
        return {"autoscaling_config": {"min_replicas": self.replicas, "max_replicas": self.most_replicas, **FOLLOW}}


# A replica has a few requests waiting: with one at a time, it would be idle until the next is sent to it.
@serve.deployment(
    ray_actor_options={"num_cpus": 1}, max_ongoing_requests=16, health_check_period_s=2, health_check_timeout_s=10
)
class Clothes:
    """One replica: a process with the model, which the others of the cluster need not know of."""

    def __init__(self, wait_ms: float) -> None:
        self._model = model()
        self._wait = wait_ms / 1000
        self._accelerator = asyncio.Lock()
        self._headers = {NODE: ray.get_runtime_context().get_node_id()}

    async def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            return self._answer(200, self._model.card.as_dict())
        if request.method != "POST":
            return self._answer(405, {"error": "the method is not allowed: send GET or POST"})
        if request.headers.get("content-type") != "application/json":
            return self._answer(415, {"error": "expected Content-Type: application/json"})
        try:
            pixels = pixels_in_json(await request.body(), self._model.card.input)
        except BadInput as error:
            return self._answer(400, {"error": str(error)})
        if self._wait:
            async with self._accelerator:
                await asyncio.sleep(self._wait)
        return self._answer(200, infer(self._model, pixels))

    def _answer(self, status: int, content: dict) -> Response:
        body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(body, status, self._headers, "application/json")


def app(given: dict[str, str | float]) -> serve.Application:
    """What ``serve run`` and ``serve deploy`` call, with the ``Settings`` that they were given.

    Ray would make them by itself, if it saw the class here; of an annotation that is a text, it sees nothing.
    """
    settings = Settings(**given)
    return Clothes.options(**settings.options()).bind(settings.wait_ms)
