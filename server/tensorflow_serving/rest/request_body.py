"""The body of a request, read at the cost of what is sent, not of what is announced."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from typing import BinaryIO

from server.tensorflow_serving.status import invalid_argument

PIECE_BYTES = 1024 * 1024
# A line of a chunked body: the size of a chunk, or a trailer.
LINE_BYTES = 8192
# A few bytes of gzip can stand for gigabytes. As JSON numbers, this much takes about ten times the memory.
UNPACKED_BYTES = 32 * 1024 * 1024


def receive(source: BinaryIO, length: int) -> bytes:
    """A body of the length that the request's header states. Raises ``ServingError`` if it ends earlier."""
    body = bytearray()
    _receive(source, length, body)
    return bytes(body)


def receive_chunks(source: BinaryIO) -> bytes:
    """A body that comes in chunks, each with its length before it. Raises ``ServingError``."""
    body = bytearray()
    while size := _chunk_size(source):
        _receive(source, size, body)
        if source.readline(LINE_BYTES).strip():
            raise invalid_argument("Malformed chunk: it is longer than the size before it")
    while source.readline(LINE_BYTES).strip():
        pass  # trailers, which nobody reads
    return bytes(body)


def unpack(body: bytes) -> bytes:
    """What a gzip body unpacks to. Raises ``ServingError`` if it is not gzip, or unpacks to more than is allowed."""
    try:
        unpacked = gzip.GzipFile(fileobj=BytesIO(body)).read(UNPACKED_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise invalid_argument("The body is not in the gzip format that its Content-Encoding names") from None
    if len(unpacked) > UNPACKED_BYTES:
        raise invalid_argument(
            f"The gzip body unpacks to more than {UNPACKED_BYTES} bytes: send it in several requests, or unpacked"
        )
    return unpacked


def _receive(source: BinaryIO, length: int, body: bytearray) -> None:
    missing = length
    while missing:
        piece = source.read(min(missing, PIECE_BYTES))
        if not piece:
            raise invalid_argument(f"The body ends after {length - missing} of {length} bytes")
        body += piece
        missing -= len(piece)


def _chunk_size(source: BinaryIO) -> int:
    line = source.readline(LINE_BYTES)
    digits = line.partition(b";")[0].strip()
    if not line.endswith(b"\n") or not digits.isalnum():
        raise invalid_argument("Malformed chunk: no line with its size")
    try:
        return int(digits, 16)
    except ValueError:
        raise invalid_argument(f"Malformed chunk size: {digits.decode('latin-1')}") from None
