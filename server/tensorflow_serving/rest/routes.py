"""The REST API, as a WSGI application. How a path is read is as much a part of the contract as the answers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from http.client import responses
from urllib.parse import unquote

from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec

from server.tensorflow_serving.execution.servable import DEFAULT_SIGNATURE
from server.tensorflow_serving.lifecycle.core import ServerCore
from server.tensorflow_serving.metrics import REST, UNKNOWN_MODEL, Metrics
from server.tensorflow_serving.requests.classification import classify, regress
from server.tensorflow_serving.requests.metadata import (
    SIGNATURE_DEF,
    metadata_json,
    model_metadata,
    model_status,
    status_json,
)
from server.tensorflow_serving.requests.predict import predict
from server.tensorflow_serving.rest import json_writer
from server.tensorflow_serving.rest.examples import read_examples
from server.tensorflow_serving.rest.json_reader import TOO_DEEP, read_object
from server.tensorflow_serving.rest.json_tensors import read_inputs, signature_name
from server.tensorflow_serving.rest.request_body import unpack
from server.tensorflow_serving.status import HTTP_STATUS, Code, ServingError, invalid_argument

log = logging.getLogger(__name__)
API = re.compile(r"/v1/.*", re.IGNORECASE | re.DOTALL)
WHICH = r"(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
INFERENCE = re.compile(rf"/v1/models/(?P<name>[^/:]+){WHICH}:(?P<method>classify|regress|predict)", re.I | re.A)
STATUS = re.compile(rf"/v1/models(?:/(?P<name>[^/:]+))?{WHICH}(?:/(?P<subresource>metadata))?", re.I | re.A)
INT64_MAX = 2**63 - 1
INT64_DIGITS = len(str(INT64_MAX))
ORIGIN = re.compile(r"https?://")
CORS_HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, GET"),
    ("Access-Control-Allow-Headers", "Content-Type"),
]


class RestApi:
    """Answers ``/v1/…``; anything else is 404."""

    def __init__(self, core: ServerCore, metrics: Metrics, timeout_ms: int, cors: bool = False) -> None:
        self._core = core
        self._metrics = metrics
        self._timeout_ms = timeout_ms
        self._cors = cors
        self._methods = {"predict": self._predict, "classify": self._classify, "regress": self._regress}

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        # The raw path: a percent-encoded character is not a separator, and to upstream a query is a part of the path.
        path = environ["REQUEST_URI"]
        if not API.fullmatch(path):
            return _respond(start_response, 404, "Not Found", [("Content-Type", "text/plain")])
        headers = [("Content-Type", "application/json"), *(CORS_HEADERS if self._cors else [])]
        if environ["REQUEST_METHOD"] == "OPTIONS":
            # Whatever the path, and with or without CORS headers in the answer.
            return _respond(start_response, 200 if ORIGIN.search(environ.get("HTTP_ORIGIN", "")) else 400, "", headers)
        code, text = self._answer(environ, path)
        if environ["REQUEST_METHOD"] == "HEAD":
            text = ""
        return _respond(start_response, HTTP_STATUS[code], text, headers)

    def _answer(self, environ: dict, path: str) -> tuple[Code, str]:
        try:
            return Code.OK, self._dispatch(environ, path)
        except ServingError as error:
            return error.code, json_writer.error(error.message)
        except RecursionError:
            return Code.INVALID_ARGUMENT, json_writer.error(f"JSON Parse error: {TOO_DEEP}")
        except Exception as error:
            log.exception("%s %s", environ["REQUEST_METHOD"], path)
            return Code.INTERNAL, json_writer.error(f"{type(error).__name__} in the stand-in: see its log")

    def _dispatch(self, environ: dict, path: str) -> str:
        verb = environ["REQUEST_METHOD"]
        pattern = {"POST": INFERENCE, "GET": STATUS}.get(verb)
        match = pattern and pattern.fullmatch(path)
        if not match:
            raise invalid_argument(f"Malformed request: {verb} {path}")
        spec = _model_spec(match)
        if verb == "GET":
            return self._describe(spec, match["subresource"] == "metadata")
        if match["method"] not in self._methods:
            raise invalid_argument(f"Malformed request: {verb} {path}")
        model = spec.name if self._core.knows(spec.name) else UNKNOWN_MODEL
        with self._metrics.request(model, match["method"], REST):
            return self._methods[match["method"]](spec, read_object(_body(environ)))

    def _describe(self, spec: ModelSpec, metadata: bool) -> str:
        if not spec.name:
            raise invalid_argument("Missing model name in request.")
        if metadata:
            request = GetModelMetadataRequest(model_spec=spec, metadata_field=[SIGNATURE_DEF])
            return metadata_json(model_metadata(self._core, request))
        return status_json(model_status(self._core, spec))

    def _predict(self, spec: ModelSpec, document: dict) -> str:
        name = signature_name(document) or DEFAULT_SIGNATURE
        with self._core.lease(spec) as version:
            signature = version.servable.signatures.get(name)
            if signature is None:
                raise invalid_argument(f'Serving signature name: "{name}" not found in signature def')
            if not signature.inputs:
                raise invalid_argument(f"Failed to get input map for signature: {name}")
            inputs, in_rows = read_inputs(document, signature.types)
            with self._metrics.runtime(version.model, "Predict"):
                outputs = predict(version.servable, signature, inputs, (), self._timeout_ms)
        return json_writer.rows(outputs) if in_rows else json_writer.columns(outputs)

    def _classify(self, spec: ModelSpec, document: dict) -> str:
        spec.signature_name = signature_name(document)
        examples = read_examples(document)
        with self._core.lease(spec) as version:
            return json_writer.classifications(
                classify(version.servable, spec.signature_name, examples, self._timeout_ms)
            )

    def _regress(self, spec: ModelSpec, document: dict) -> str:
        spec.signature_name = signature_name(document)
        examples = read_examples(document)
        with self._core.lease(spec) as version, self._metrics.runtime(version.model, "Regress"):
            result = regress(version.servable, spec.signature_name, examples, self._timeout_ms)
        return json_writer.regressions(result)


def _respond(start_response: Callable, status: int, text: str, headers: list[tuple[str, str]]) -> list[bytes]:
    content = text.encode()
    start_response(f"{status} {responses.get(status, 'Error')}", [*headers, ("Content-Length", str(len(content)))])
    return [content]


def _model_spec(match: re.Match) -> ModelSpec:
    spec = ModelSpec(name=unquote(match["name"] or ""))
    if match["version"]:
        spec.version.value = _version(match["version"])
    if match["label"]:
        spec.version_label = unquote(match["label"])
    return spec


def _version(digits: str) -> int:
    significant = digits.lstrip("0") or "0"
    if len(significant) > INT64_DIGITS or int(significant) > INT64_MAX:
        raise invalid_argument(f"Failed to convert version: {digits} to numeric.")
    return int(significant)


def _body(environ: dict) -> bytes:
    body = environ["wsgi.input"].read()
    return unpack(body) if "gzip" in environ.get("HTTP_CONTENT_ENCODING", "") else body
