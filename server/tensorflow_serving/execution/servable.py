"""A servable: one version of a model, loaded from a SavedModel and run through its signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from server.tensorflow_serving.configuration.batching_parameters import Parameters
from server.tensorflow_serving.execution import session
from server.tensorflow_serving.execution.batching import Batcher
from server.tensorflow_serving.execution.tensors import from_proto
from server.tensorflow_serving.status import Code, ServingError, not_found

DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True)
class LoadOptions:
    """How a SavedModel is loaded and run: its tags, TensorFlow's threads (0: one per core), batching if any."""

    tags: tuple[str, ...] = ("serve",)
    intra_op_threads: int = 0
    inter_op_threads: int = 0
    batching: Parameters | None = None
    on_run: Callable[[], None] = lambda: None


class Signature:
    """One of the model's entry points: the names of its inputs and outputs, and the tensors behind them."""

    def __init__(self, definition: meta_graph_pb2.SignatureDef) -> None:
        self.definition = definition
        self.inputs = {name: info.name for name, info in sorted(definition.inputs.items())}
        self.outputs = {name: info.name for name, info in sorted(definition.outputs.items())}
        self.types = {name: info.dtype for name, info in sorted(definition.inputs.items())}

    @cached_property
    def defaults(self) -> dict[str, np.ndarray]:
        """What replaces an input that a request leaves out."""
        return {name: from_proto(value, name) for name, value in self.definition.defaults.items()}


class Servable:
    """A loaded SavedModel. It is made from the folder with ``saved_model.pb``; raises ``ServingError``.

    TensorFlow's first-generation functions load every SavedModel, old and new, and let the server feed and fetch the
    tensors that a signature names.
    """

    def __init__(self, folder: Path, options: LoadOptions) -> None:
        config = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=options.intra_op_threads,
            inter_op_parallelism_threads=options.inter_op_threads,
        )
        graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=graph, config=config)
        try:
            with graph.as_default():
                meta_graph = tf.compat.v1.saved_model.load(self._session, list(options.tags), str(folder))
        except Exception as error:
            self._session.close()
            # Whatever is in the folder, the server goes on; a broken file can make this raise nearly anything.
            raise _load_error(error, folder) from error
        self.signature_defs = meta_graph.signature_def
        self.signatures = {name: Signature(definition) for name, definition in self.signature_defs.items()}
        self._on_run = options.on_run
        self._batcher = Batcher(self._run, options.batching) if options.batching else None

    def run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout_ms: int) -> list[np.ndarray]:
        """Feed tensors by name and fetch others by name. Raises ``ServingError``."""
        return (self._batcher.run if self._batcher else self._run)(feeds, fetches, timeout_ms)

    def _run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout_ms: int) -> list[np.ndarray]:
        self._on_run()
        return session.run(self._session, feeds, fetches, timeout_ms)

    def close(self) -> None:
        if self._batcher:
            self._batcher.close()
        self._session.close()


def _load_error(error: Exception, folder: Path) -> ServingError:
    """What is wrong with the folder. TensorFlow's own exceptions do not always say, or name no file."""
    file = next((path for path in (folder / "saved_model.pb", folder / "saved_model.pbtxt") if path.is_file()), None)
    if file is None and not isinstance(error, tf.errors.OpError):
        return not_found(f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {folder}")
    if isinstance(error, OSError) or (file and not file.stat().st_size):
        kind = "binary" if file.suffix == ".pb" else "text"
        cure = "it is damaged, or not a SavedModel. Export the model again."
        return ServingError(Code.DATA_LOSS, f"Can't parse {file} as {kind} proto: {cure}")
    if "MetaGraphDef" in str(error):
        return not_found(f"Could not find meta graph def matching supplied tags: {error}")
    if isinstance(error, ValueError) and not (folder / "variables" / "variables.index").is_file():
        return not_found(f"Could not find the model's variables: {folder}/variables/variables.index")
    if isinstance(error, tf.errors.OpError):
        place = f" while restoring {folder}/variables" if "RestoreV2" in str(error) else ""
        return ServingError(session.code_of(error), " ".join(str(error).split()) + place)
    return ServingError(Code.UNKNOWN, str(error))
