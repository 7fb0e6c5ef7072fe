"""The floor: a Flask route that parses the request's JSON, and no more. A server of this kind can hardly be faster.

It is built on what the reference is built on: the same Granian, gateway and settings.
"""

import os

import orjson
from flask import Flask, Response, request

from server.production import workers
from server.production.gateway import Gateway, nobody_is_refused
from server.routes import MAX_BODY_BYTES

# As long as the reference's answer.
SCORES = [0.0001234567890123456, 0.9991234321594238, *[0.0001234567890123456] * 8]
ANSWER = orjson.dumps({"result": [SCORES], "labels": ["Trouser"]})

app = Flask(__name__)


@app.get("/healthz")
def alive():
    return {"status": "ok"}


@app.post("/models/clothes/v1")
def parse():
    orjson.loads(request.get_data(cache=False))
    return Response(ANSWER, mimetype="application/json")


def application() -> Gateway:
    """What each worker runs."""
    return Gateway(app.wsgi_app, nobody_is_refused, lambda refusal: refusal, MAX_BODY_BYTES, workers.READ_SECONDS)


if __name__ == "__main__":
    workers.listen("floor:application", workers.HOST, int(os.environ["PORT"]), int(os.environ["WORKERS"]))
