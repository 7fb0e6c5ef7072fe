# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["ray[serve]==2.*", "ai-edge-litert"]
# ///
"""Ray Serve: a deployment with as many replicas as workers, in what Ray's documentation calls high throughput mode.

That puts HAProxy, which comes with Ray on Linux, in front of the replicas. Ray's own processes talk to each other on
127.0.0.1 only. There is no setting for the others that listen: a port of each replica, for calls from other replicas,
and two of HAProxy's, for its figures, are on all interfaces. So whoever calls a replica has to know a token.
"""

import os
import secrets
import sys

from common import HOST, NAME, Clothes, free_port, port, workers

# Ray reads these when it is imported.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # as there by default: 127.0.0.1 is the only address that it uses
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
os.environ["RAY_SERVE_THROUGHPUT_OPTIMIZED"] = "1"
os.environ["RAY_SERVE_ENABLE_HA_PROXY"] = "1" if sys.platform == "linux" else "0"
os.environ["RAY_SERVE_FALLBACK_PROXY_HTTP_PORT"] = str(free_port())
os.environ["RAY_SERVE_HAPROXY_METRICS_PORT"] = str(free_port())
os.environ["RAY_SERVE_HAPROXY_STATS_PORT"] = str(free_port())

import ray
from ray import serve
from starlette.requests import Request


@serve.deployment(num_replicas=workers(), max_ongoing_requests=100)
class Service:
    def __init__(self):
        self._clothes = Clothes()

    async def __call__(self, request: Request):
        body = await request.json()
        return {"result": self._clothes.scores(body["image"]).tolist()}


if __name__ == "__main__":
    ray.init(num_cpus=workers(), include_dashboard=False, _node_ip_address=HOST)
    serve.start(http_options={"host": HOST, "port": port()})
    serve.run(Service.bind(), name=NAME, route_prefix="/classify", blocking=True)
