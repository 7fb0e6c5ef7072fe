"""The one private function of TensorFlow that the stand-in calls. If an upgrade changes it, it shows here first."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from server.tensorflow_serving.execution import session
from server.tensorflow_serving.execution.servable import LoadOptions, Servable
from server.tensorflow_serving.status import Code, ServingError
from tests.tensorflow_serving.conftest import MODELS
from tests.tensorflow_serving.running import TESTDATA

PLUS_TWO = MODELS["default"] / "00000123"


@pytest.fixture(scope="module")
def half_plus_two():
    servable = Servable(PLUS_TWO, LoadOptions())
    yield servable
    servable.close()


def test_static_shapes_are_not_checked(half_plus_two):
    (result,) = half_plus_two.run({"x:0": np.array([1, 2], np.float32)}, ["y:0"], 0)
    assert result.tolist() == [2.5, 3.0]


def test_tensorflows_own_message_comes_through(half_plus_two):
    with pytest.raises(ServingError, match="INVALID_ARGUMENT: Expects arg\\[0\\] to be float but int64 is provided"):
        half_plus_two.run({"x:0": np.array([1, 2])}, ["y:0"], 0)


def test_a_string_is_an_array_of_bytes():
    with tf.Graph().as_default() as graph:
        given = tf.compat.v1.placeholder(tf.string)
        with tf.compat.v1.Session(graph=graph) as running:
            for value in (np.array(b"a", np.object_), np.array([[b"a", b""]], np.object_)):
                (result,) = session.run(running, {given.name: value}, [tf.identity(given).name], 0)
                assert (result.dtype, result.tolist()) == (np.object_, value.tolist())


def test_a_tensor_that_is_not_in_the_graph(half_plus_two):
    with pytest.raises(ServingError, match="NOT_FOUND: FetchOutputs node z:0: not found"):
        half_plus_two.run({}, ["z:0"], 0)


def test_a_run_has_a_time_limit():
    with tf.Graph().as_default() as graph:
        start = tf.compat.v1.placeholder(tf.int32, name="n")
        (counted,) = tf.while_loop(lambda i: i < 2**30, lambda i: i + 1, [start])
        with tf.compat.v1.Session(graph=graph) as running, pytest.raises(ServingError) as caught:
            session.run(running, {start.name: np.int32(0)}, [counted.name], 50)
    assert caught.value.code == Code.DEADLINE_EXCEEDED


DAMAGES = {
    "garbage": ("saved_model.pb", b"garbage" * 9, "DATA_LOSS: Can't parse .*saved_model.pb as binary proto"),
    "cut off": ("saved_model.pb", slice(-100), "DATA_LOSS: Can't parse .*saved_model.pb as binary proto"),
    "empty": ("saved_model.pb", b"", "DATA_LOSS: Can't parse .*saved_model.pb as binary proto"),
    "missing": ("saved_model.pb", None, "NOT_FOUND: Could not find SavedModel .pb or .pbtxt"),
    "no index": (
        "variables/variables.index",
        None,
        "NOT_FOUND: Could not find the model's variables: .*variables.index",
    ),
    "no values": ("variables/variables.data-00000-of-00001", None, "variables.data-00000-of-00001; No such file"),
    "cut off values": ("variables/variables.data-00000-of-00001", b"", "Read less bytes .*while restoring .*variables"),
}


@pytest.mark.parametrize(("name", "content", "text"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_model_is_told_as_what_it_is(tmp_path: Path, name, content, text):
    folder = tmp_path / "1"
    shutil.copytree(TESTDATA / "half_plus_n" / "2", folder)
    damaged = (folder / name).read_bytes()[content] if isinstance(content, slice) else content
    (folder / name).unlink()
    if damaged is not None:
        (folder / name).write_bytes(damaged)
    with pytest.raises(ServingError, match=text):
        Servable(folder, LoadOptions())


def test_a_text_file_that_is_no_model_and_a_tag_that_is_not_there(tmp_path: Path):
    (tmp_path / "saved_model.pbtxt").write_text("garbage {")
    with pytest.raises(ServingError, match=r"DATA_LOSS: Can't parse .*saved_model.pbtxt as text proto"):
        Servable(tmp_path, LoadOptions())
    with pytest.raises(ServingError, match="NOT_FOUND: Could not find meta graph def matching supplied tags"):
        Servable(PLUS_TWO, LoadOptions(tags=("gpu",)))
