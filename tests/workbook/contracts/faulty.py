"""Servers that break a contract in one place: layers of WSGI around the reference, each with its one fault."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from tests.workbook.contracts.another import INFER

Wsgi = Callable
Change = Callable[[Request, Response, dict], None]
INVOCATIONS, PREDICT = "/invocations", "/predict"
LARGE = 1_000_000
released = threading.Event()  # lets go whoever waits at the slow route


@dataclass(frozen=True)
class Fault:
    """``layer`` goes around the application; ``found`` are the checks of ``contract`` that it must not pass."""

    contract: str
    found: set[str]
    layer: Callable[[Wsgi], Wsgi]


def rewritten(change: Change) -> Callable[[Wsgi], Wsgi]:
    """A layer in which ``change`` alters an answer, or the object that is its JSON, in place."""

    def around(app: Wsgi) -> Wsgi:
        @Request.application
        def layer(request: Request) -> Response:
            body = request.get_data()
            answer = Client(app).open(environ_overrides={**request.environ, "wsgi.input": io.BytesIO(body)})
            answer = Response(answer.data, answer.status_code, answer.headers)
            content = json.loads(answer.data) if answer.is_json else {}
            before = json.dumps(content)
            change(request, answer, content)
            if json.dumps(content) != before:
                answer.set_data(json.dumps(content))
            return answer

        return layer

    return around


def refusing(wrong: Callable[[Request], bool], status: int = 400) -> Callable[[Wsgi], Wsgi]:
    """A layer that refuses what is ``wrong``."""

    def change(request: Request, answer: Response, content: dict) -> None:
        if wrong(request):
            answer.status_code = status
            content.clear()
            content["error"] = "no"

    return rewritten(change)


def asked(request: Request) -> dict:
    try:
        content = json.loads(request.get_data())
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def is_nested(request: Request, otherwise: bool = False) -> bool:
    """Whether the data is in nested lists; ``otherwise`` for a request without data."""
    tensors = asked(request).get("inputs")
    return isinstance(tensors[0]["data"][0], list) if tensors else otherwise


def id_lost(request, answer, content):
    content.pop("id", None)


def not_ready_with_200(request, answer, content):
    if request.path == "/v2/health/ready":
        content["ready"] = False


def error_elsewhere(request, answer, content):
    if "error" in content:
        content["detail"] = content.pop("error")


def everything_returned(request, answer, content):
    if asked(request).get("outputs") and answer.status_code == 200:
        content["outputs"].append({"name": "more", "shape": [1], "datatype": "FP32", "data": [0.0]})


def described_wrongly(request, answer, content):
    if request.path.startswith("/v2/models/") and request.method == "GET" and "outputs" in content:
        content["outputs"][0]["datatype"] = "FP64"


def batch_flattened(request, answer, content):
    for output in content.get("outputs", []) if request.path == INFER else []:
        if output["name"] == "scores":
            output["shape"] = [len(output["data"])]


def own_fault(request, answer, content):
    if request.path == INFER and not request.get_data():
        answer.status_code = 500


def ping_talks(request, answer, content):
    if request.path == "/ping":
        answer.set_data("ok")


def slow_ping(request, answer, content):
    if request.path == "/ping":
        released.wait(60)


def said_to_be_text(request, answer, content):
    if request.path == PREDICT:
        answer.content_type = "text/plain"


def one_for_all(request, answer, content):
    del content.get("predictions", [])[1:]


def broken_is_500(request, answer, content):
    if answer.status_code == 400:
        answer.status_code = 500


def too_large(path: str) -> Callable[[Wsgi], Wsgi]:
    return refusing(lambda request: request.path == path and len(request.get_data()) > LARGE, 413)


FAULTS = {
    "the id is lost": Fault("v2", {"id-returned"}, rewritten(id_lost)),
    "not ready, with status 200": Fault("v2", {"ready"}, rewritten(not_ready_with_200)),
    "flat data is refused": Fault(
        "v2",
        {"infer-flat", "infer-nested", "batch", "as-described", "id-returned", "outputs-chosen"},
        refusing(lambda request: not is_nested(request, otherwise=True)),
    ),
    "nested data is refused": Fault("v2", {"infer-nested"}, refusing(is_nested)),
    "errors have another name": Fault(
        "v2",
        {"datatype-unknown", "shape-wrong", "inputs-missing", "body-empty", "model-unknown"},
        rewritten(error_elsewhere),
    ),
    "outputs that nobody asked for": Fault("v2", {"outputs-chosen"}, rewritten(everything_returned)),
    "another datatype than described": Fault("v2", {"as-described"}, rewritten(described_wrongly)),
    "the shape of a batch is lost": Fault("v2", {"batch", "as-described"}, rewritten(batch_flattened)),
    "an empty body is a 500": Fault("v2", {"body-empty"}, rewritten(own_fault)),
    "ping says ok": Fault("sagemaker", {"ping"}, rewritten(ping_talks)),
    "ping is slow": Fault("sagemaker", {"ping"}, rewritten(slow_ping)),
    "unknown headers are refused": Fault(
        "sagemaker",
        {"headers-ignored"},
        refusing(lambda request: "X-Amzn-SageMaker-Inference-Id" in request.headers),
    ),
    "large bodies are refused by SageMaker's": Fault("sagemaker", {"body-large"}, too_large(INVOCATIONS)),
    "a bad body is SageMaker's 500": Fault("sagemaker", {"body-broken"}, rewritten(broken_is_500)),
    "large bodies are refused by Google's": Fault("google", {"body-large"}, too_large(PREDICT)),
    "parameters are refused": Fault(
        "google", {"parameters-taken"}, refusing(lambda request: "parameters" in asked(request))
    ),
    "predictions are text": Fault("google", {"content-type"}, rewritten(said_to_be_text)),
    "one prediction for all": Fault("google", {"one-for-each"}, rewritten(one_for_all)),
    "not ready on Azure": Fault("azure", {"readiness"}, refusing(lambda request: request.path == "/readyz", 503)),
    "a bad body is Azure's 500": Fault("azure", {"body-broken"}, rewritten(broken_is_500)),
}
