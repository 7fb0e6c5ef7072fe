"""Calls every status Refused, so that callers look for a mistake of their own.

Rejected by: test_grpc_says_who_has_to_act
"""

import grpc

from server.clients.client import Refused


class GrpcClient:
    def _call(self, method, request):
        request.model_spec.name = self._model
        if isinstance(self._version, str):
            request.model_spec.version_label = self._version
        elif self._version is not None:
            request.model_spec.version.value = self._version
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise Refused(error.details()) from error
