"""TensorProto and NumPy arrays, converted as TensorFlow Serving's ``Tensor::FromProto`` and ``AsProtoField`` do.

``tf.make_ndarray`` differs: it gives scalar strings a fixed width and refuses some of what the server accepts.
"""

from __future__ import annotations

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from tensorflow.core.framework import tensor_pb2, types_pb2

from server.tensorflow_serving.status import invalid_argument

# The most that a message can be; a shape can claim more elements than were sent, because the last one is repeated.
MAX_TENSOR_BYTES = 2**31 - 1


@dataclass(frozen=True)
class Encoding:
    """How a dtype is laid out in memory, and the TensorProto field that carries it, as numbers of ``wire`` dtype."""

    enum: int
    dtype: np.dtype
    field: str
    wire: np.dtype


def _encoding(enum: int, dtype: type, field: str, wire: type | None = None) -> Encoding:
    return Encoding(enum, np.dtype(dtype), field, np.dtype(wire or dtype))


ENCODINGS = {
    encoding.enum: encoding
    for encoding in (
        _encoding(types_pb2.DT_FLOAT, np.float32, "float_val"),
        _encoding(types_pb2.DT_DOUBLE, np.float64, "double_val"),
        _encoding(types_pb2.DT_INT8, np.int8, "int_val"),
        _encoding(types_pb2.DT_INT16, np.int16, "int_val"),
        _encoding(types_pb2.DT_INT32, np.int32, "int_val"),
        _encoding(types_pb2.DT_INT64, np.int64, "int64_val"),
        _encoding(types_pb2.DT_UINT8, np.uint8, "int_val"),
        _encoding(types_pb2.DT_UINT16, np.uint16, "int_val"),
        _encoding(types_pb2.DT_UINT32, np.uint32, "uint32_val"),
        _encoding(types_pb2.DT_UINT64, np.uint64, "uint64_val"),
        _encoding(types_pb2.DT_BOOL, np.bool_, "bool_val"),
        _encoding(types_pb2.DT_STRING, np.object_, "string_val"),
        # Bit patterns, and pairs of real and imaginary part.
        _encoding(types_pb2.DT_HALF, np.float16, "half_val", np.uint16),
        _encoding(types_pb2.DT_BFLOAT16, ml_dtypes.bfloat16, "half_val", np.uint16),
        _encoding(types_pb2.DT_COMPLEX64, np.complex64, "scomplex_val", np.float32),
        _encoding(types_pb2.DT_COMPLEX128, np.complex128, "dcomplex_val", np.float64),
    )
}
_BY_DTYPE = {encoding.dtype: encoding for encoding in ENCODINGS.values()}


def encoding_of(array: np.ndarray) -> Encoding:
    """Raises ``ServingError`` for a dtype that no request or response can carry."""
    try:
        return _BY_DTYPE[array.dtype]
    except KeyError:
        raise invalid_argument(f"Tensors of type {array.dtype} are not supported") from None


def to_proto(array: np.ndarray) -> tensor_pb2.TensorProto:
    """The array in ``float_val`` and its like, never in ``tensor_content``."""
    encoding = encoding_of(array)
    proto = tensor_pb2.TensorProto(dtype=encoding.enum)
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    values = np.ascontiguousarray(array).reshape(-1)
    if encoding.dtype != np.object_:
        values = values.view(encoding.wire)
    getattr(proto, encoding.field).extend(values.tolist())
    return proto


def from_proto(proto: tensor_pb2.TensorProto, name: str) -> np.ndarray:
    """The tensor of the input called ``name``.

    From ``tensor_content`` or the values of its type. The last value is repeated if there are too few; if there are
    none, the tensor is zeros. Raises ``ServingError`` if type, shape and content do not fit together.
    """
    try:
        return _decode(proto)
    except ValueError:
        raise invalid_argument(f"tensor parsing error: {name}") from None


def _decode(proto: tensor_pb2.TensorProto) -> np.ndarray:
    if proto.dtype not in ENCODINGS:
        raise ValueError("no such type")
    encoding = ENCODINGS[proto.dtype]
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if proto.tensor_shape.unknown_rank or min(shape, default=0) < 0:
        raise ValueError("no such shape")
    size = 1
    for length in shape:
        size *= length
    if size * encoding.dtype.itemsize > MAX_TENSOR_BYTES:
        raise ValueError("too large")
    if proto.tensor_content:
        if encoding.dtype == np.object_:
            raise ValueError("strings have no fixed size")
        return np.frombuffer(proto.tensor_content, encoding.dtype).reshape(shape)
    return _repeat_last(_values(proto, encoding), size).reshape(shape)


def _values(proto: tensor_pb2.TensorProto, encoding: Encoding) -> np.ndarray:
    sent = getattr(proto, encoding.field)
    if encoding.dtype == np.object_:
        values = np.empty(len(sent), np.object_)
        values[:] = sent
        return values
    # int_val has 32 bits whatever the type; as in C++, what does not fit is cut off.
    wide = np.array(sent, np.int64 if encoding.field in ("int_val", "half_val") else encoding.wire)
    return wide.astype(encoding.wire).view(encoding.dtype)


def _repeat_last(values: np.ndarray, size: int) -> np.ndarray:
    if len(values) >= size:
        return values[:size]
    filled = np.zeros(size, values.dtype) if values.dtype != np.object_ else np.full(size, b"", np.object_)
    if len(values):
        filled[: len(values)] = values
        filled[len(values) :] = values[-1]
    return filled
