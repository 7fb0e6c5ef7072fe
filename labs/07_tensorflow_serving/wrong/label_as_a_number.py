"""Writes every version into the number field, which takes no label.

Rejected by: test_grpc_says_who_is_meant
"""

import grpc

from server.clients.client import Refused, ServerError, Unreachable
from server.clients.grpc_client import FAULTS, SILENCE


class GrpcClient:
    def _call(self, method, request):
        request.model_spec.name = self._model
        if self._version is not None:
            request.model_spec.version.value = self._version
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            if error.code() in SILENCE:
                raise Unreachable(error.details()) from error
            kind = Refused if error.code() in FAULTS else ServerError
            raise kind(error.details()) from error
