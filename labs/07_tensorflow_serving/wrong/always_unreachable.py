"""Makes no call, and says that nobody answers, which is true.

Rejected by: test_grpc_says_who_is_meant, test_grpc_does_not_wait_forever, test_grpc_says_who_has_to_act
"""

from server.clients.client import Unreachable


class GrpcClient:
    def _call(self, method, request):
        raise Unreachable("because nothing answers")
