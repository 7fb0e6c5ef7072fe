"""What can go wrong, in the terms that TensorFlow, gRPC and Google's APIs share: a code and a text."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """The codes of google.rpc.Code."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


HTTP_STATUS = {
    Code.OK: 200,
    Code.CANCELLED: 499,
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DATA_LOSS: 500,
    Code.UNAUTHENTICATED: 401,
}

GRPC_MESSAGE_BYTES = 1024
TRUNCATED = "...TRUNCATED"


class ServingError(Exception):
    """A request, or the loading of a model, that failed; ``str`` gives ``CODE: message``."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


class Unavailable(ServingError):
    """Models that a configuration asks for, and that cannot be loaded; the configuration itself counts."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.UNKNOWN, message)


def invalid_argument(message: str) -> ServingError:
    return ServingError(Code.INVALID_ARGUMENT, message)


def not_found(message: str) -> ServingError:
    return ServingError(Code.NOT_FOUND, message)


def failed_precondition(message: str) -> ServingError:
    return ServingError(Code.FAILED_PRECONDITION, message)


def grpc_message(message: str) -> str:
    """The message as gRPC carries it: in a header, so no longer than ``GRPC_MESSAGE_BYTES``."""
    encoded = message.encode()
    if len(encoded) <= GRPC_MESSAGE_BYTES:
        return message
    return encoded[:GRPC_MESSAGE_BYTES].decode(errors="ignore") + TRUNCATED
