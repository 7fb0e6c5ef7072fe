"""The messages of TensorFlow and TensorFlow Serving, without TensorFlow, which takes seconds to import.

They are plain protocol buffers. Only the package around them imports the rest, so it is put aside while they are read.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from google.protobuf.message import DecodeError


@contextmanager
def _without_the_rest() -> Iterator[None]:
    if "tensorflow" in sys.modules:
        yield
        return
    package = types.ModuleType("tensorflow")
    package.__path__ = list(importlib.util.find_spec("tensorflow").submodule_search_locations)
    sys.modules["tensorflow"] = package
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


with _without_the_rest():
    from tensorflow.core.example.example_pb2 import Example
    from tensorflow.core.framework.tensor_pb2 import TensorProto
    from tensorflow.core.framework.types_pb2 import DataType
    from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
    from tensorflow_serving.apis.get_model_metadata_pb2 import (
        GetModelMetadataRequest,
        GetModelMetadataResponse,
        SignatureDefMap,
    )
    from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

__all__ = [
    "GetModelMetadataRequest",
    "GetModelMetadataResponse",
    "PredictRequest",
    "PredictResponse",
    "SignatureDefMap",
    "example_of",
    "pixels_in",
    "signature_of",
    "signatures_in",
    "tensor_of",
]


def signatures_in(saved_model: bytes) -> dict[str, dict]:
    """Each signature of a ``saved_model.pb``: inputs and outputs by name, each as type and shape, -1 for any size.

    Raises ``ValueError`` for bytes that are not such a file.
    """
    try:
        (graph,) = SavedModel.FromString(saved_model).meta_graphs
    except (DecodeError, TypeError) as error:
        raise ValueError(f"no SavedModel: {error}") from error
    return {
        name: {"inputs": _described(signature.inputs), "outputs": _described(signature.outputs)}
        for name, signature in graph.signature_def.items()
        if not name.startswith("__")  # TensorFlow's own
    }


def signature_of(pixels: tuple[int, int]) -> SignatureDef:
    """The part of a signature that a client reads: an input ``pixels`` of any number of pictures."""
    signature = SignatureDef()
    for size in (-1, *pixels):
        signature.inputs["pixels"].tensor_shape.dim.add(size=size)
    return signature


def example_of(pixels: np.ndarray) -> bytes:
    """A ``tf.Example`` with the feature ``pixels``."""
    example = Example()
    example.features.feature["pixels"].int64_list.value.extend(pixels.ravel().tolist())
    return example.SerializeToString()


def tensor_of(values: np.ndarray | list[str]) -> TensorProto:
    """Scores or labels, as TensorFlow Serving writes them."""
    if isinstance(values, np.ndarray):
        tensor = TensorProto(dtype=DataType.DT_FLOAT, float_val=values.ravel().tolist())
    else:
        tensor = TensorProto(dtype=DataType.DT_STRING, string_val=[value.encode() for value in values])
    for size in np.shape(values):
        tensor.tensor_shape.dim.add(size=size)
    return tensor


def pixels_in(tensor: TensorProto) -> np.ndarray:
    """The pixels of a tensor of uint8. Raises ``ValueError`` for another type and for another number of values."""
    if tensor.dtype != DataType.DT_UINT8:
        raise ValueError(f"the tensor pixels is {DataType.Name(tensor.dtype)}, expected DT_UINT8")
    values = np.frombuffer(tensor.tensor_content, np.uint8) if tensor.tensor_content else np.array(tensor.int_val)
    return values.reshape([size.size for size in tensor.tensor_shape.dim])


def _described(tensors) -> dict[str, tuple]:
    return {
        name: (DataType.Name(info.dtype).removeprefix("DT_").lower(), [size.size for size in info.tensor_shape.dim])
        for name, info in tensors.items()
    }
