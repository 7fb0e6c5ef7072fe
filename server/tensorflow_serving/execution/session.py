"""The one call below TensorFlow's public API.

``Session.run`` checks the static shapes of what it is fed, which TensorFlow Serving does not: its own tests feed
``[1.0, 2.0]`` to an input of shape ``[-1, 1]``. The C function below it does what the server does, and gives
TensorFlow's own messages. tests/tensorflow_serving/test_session.py fails when an upgrade breaks this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf
from tensorflow.python.client import pywrap_tf_session
from tensorflow.python.framework.errors_impl import error_code_from_exception_type

from server.tensorflow_serving.status import Code, ServingError


def run(
    session: tf.compat.v1.Session, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout_ms: int
) -> list[np.ndarray]:
    """Feed tensors by name and fetch others by name; a ``timeout_ms`` of 0 waits as long as it takes.

    Strings are object arrays of bytes. Raises ``ServingError`` with TensorFlow's code and message.
    """
    options = tf.compat.v1.RunOptions(timeout_in_ms=timeout_ms).SerializeToString()
    graph = session.graph
    try:
        results = pywrap_tf_session.TF_SessionRun_wrapper(
            session._session,
            pywrap_tf_session.TF_NewBufferFromString(options),
            {_output(graph, name): array for name, array in feeds.items()},
            [_output(graph, name) for name in fetches],
            [],
            None,
        )
    except tf.errors.OpError as error:
        raise ServingError(code_of(error), str(error)) from error
    # A single string comes as such.
    return [np.array(result, np.object_) if isinstance(result, bytes) else result for result in results]


def code_of(error: tf.errors.OpError) -> Code:
    """An error from C++ has its code only in its type; the base class is for those without one."""
    if type(error) is tf.errors.OpError:
        return Code.UNKNOWN
    return Code(error_code_from_exception_type(type(error)))


def _output(graph: tf.Graph, name: str) -> object:
    try:
        return graph.get_tensor_by_name(name)._as_tf_output()
    except (KeyError, ValueError) as error:
        raise ServingError(Code.NOT_FOUND, f"FetchOutputs node {name}: not found") from error
