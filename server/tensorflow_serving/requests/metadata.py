"""Answers about models rather than from them: the status of versions, and the signatures of a version."""

from __future__ import annotations

from google.protobuf import json_format
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse
from tensorflow_serving.apis.model_pb2 import ModelSpec

from server.tensorflow_serving.lifecycle.core import ServerCore
from server.tensorflow_serving.status import invalid_argument

SIGNATURE_DEF = "signature_def"


def model_status(core: ServerCore, spec: ModelSpec) -> GetModelStatusResponse:
    """Raises ``ServingError`` for a model or version that the server has never heard of."""
    response = GetModelStatusResponse()
    for version in core.status(spec):
        entry = response.model_version_status.add(version=version.number, state=version.state)
        error = version.error
        entry.status.error_code = error.code if error else 0
        entry.status.error_message = error.message if error else ""
    return response


def model_metadata(core: ServerCore, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
    """Raises ``ServingError``."""
    if not request.metadata_field:
        raise invalid_argument("GetModelMetadataRequest must specify at least one metadata_field")
    for field in request.metadata_field:
        if field != SIGNATURE_DEF:
            raise invalid_argument(f"Metadata field {field} is not supported")
    response = GetModelMetadataResponse()
    with core.lease(request.model_spec) as version:
        signatures = SignatureDefMap(signature_def=version.servable.signature_defs)
        response.model_spec.name = version.model
        response.model_spec.version.value = version.number
    response.metadata[SIGNATURE_DEF].Pack(signatures)
    return response


def status_json(response: GetModelStatusResponse) -> str:
    return _json(response)


def metadata_json(response: GetModelMetadataResponse) -> str:
    """The signatures are in the JSON as such, not as the ``Any`` in which they are packed."""
    signatures = SignatureDefMap()
    response.metadata[SIGNATURE_DEF].Unpack(signatures)
    return f'{{\n"model_spec":{_json(response.model_spec)},\n"metadata": {{"signature_def": {_json(signatures)}}}\n}}\n'


def _json(message: object) -> str:
    return json_format.MessageToJson(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        indent=1,
        ensure_ascii=False,
    )
