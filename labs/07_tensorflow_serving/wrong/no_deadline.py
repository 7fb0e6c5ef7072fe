"""Gives the call no deadline, so that it waits as long as the server likes.

Rejected by: test_grpc_does_not_wait_forever
"""

import grpc

from server.clients.client import Refused, ServerError, Unreachable
from server.clients.grpc_client import FAULTS, SILENCE


class GrpcClient:
    def _call(self, method, request):
        request.model_spec.name = self._model
        if isinstance(self._version, str):
            request.model_spec.version_label = self._version
        elif self._version is not None:
            request.model_spec.version.value = self._version
        try:
            return method(request)
        except grpc.RpcError as error:
            if error.code() in SILENCE:
                raise Unreachable(error.details()) from error
            kind = Refused if error.code() in FAULTS else ServerError
            raise kind(error.details()) from error
