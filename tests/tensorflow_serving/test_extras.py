"""What is off by default: batching, metrics, CORS, the UNIX socket; and warm-up. Cases B, M and X."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import requests
import tensorflow as tf
from prometheus_client.parser import text_string_to_metric_families
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from server.tensorflow_serving.configuration.batching_parameters import Parameters, read_parameters
from server.tensorflow_serving.execution.batching import Batcher
from server.tensorflow_serving.execution.servable import LoadOptions, Servable
from server.tensorflow_serving.execution.tensors import to_proto
from server.tensorflow_serving.requests.warmup import FILE, warm_up
from server.tensorflow_serving.status import Code, ServingError
from tests.tensorflow_serving.conftest import MODELS
from tests.tensorflow_serving.running import SECONDS, TESTDATA, numbered

METRICS = "/monitoring/prometheus/metrics"


def samples(server) -> dict[tuple, float]:
    """Each sample by its name and labels."""
    page = requests.get(server.url + METRICS, timeout=SECONDS).text
    return {
        (sample.name.removesuffix("_total"), *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def graph_runs(server) -> float:
    return samples(server)[":tensorflow:core:graph_runs",]


def test_b01_requests_that_come_together_are_run_together(extras):
    before = graph_runs(extras)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: extras.post("default:predict", {"instances": [float(n)]}).json(), range(8)))
    assert answers == [{"predictions": [n / 2 + 2]} for n in range(8)]
    assert graph_runs(extras) - before == 1


def test_b02_requests_of_another_shape_are_not_in_the_way(extras):
    rows = [[1.0], [[2.0]], [3.0], ["x"], [[4.0, 5.0]], [6.0]]
    with ThreadPoolExecutor(len(rows)) as pool:
        statuses = list(pool.map(lambda row: extras.post("default:predict", {"instances": row}).status_code, rows))
    assert statuses == [200, 200, 200, 400, 200, 200]


# number, body, error
ERRORS = [
    ("B03", '{"inputs": 1.0}', "Batching Run() input tensors must have at least one dimension"),
    ("B04", f'{{"inputs": {[1.0] * 9}}}', "Task size 9 is larger than maximum input batch size 8"),
    ("B05", '{"signature_name": "scalar_out", "inputs": [1.0]}', "Batched output tensor has 0 dimensions"),
    ("B06", '{"signature_name": "zero_batch", "inputs": [1.0]}', "Batched output tensor's 0th dimension does not equal the sum"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "text"), numbered(ERRORS))
def test_batching_error(extras, body, text):
    response = extras.post("types:predict" if "signature" in body else "default:predict", body)
    assert response.status_code == 400
    assert text in response.json()["error"]


def test_b07_a_signature_without_inputs_is_run_at_once(extras):
    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "counter", "incr_counter"
    counts = [extras.predictions.Predict(request, timeout=SECONDS).outputs["output"].float_val[0] for _ in range(2)]
    assert counts[1] == counts[0] + 1


def double(feeds, fetches, timeout_ms):
    return [feeds["x"] * 2]


def run(batcher: Batcher, *values: float, timeout_ms: int = 0) -> list[float]:
    (result,) = batcher.run({"x": np.array(values)}, ["y"], timeout_ms)
    return result.tolist()


@pytest.fixture
def slow():
    """A batcher over a model that waits to be let go, and counts the rows of each run."""
    release, sizes = threading.Event(), []

    def model(feeds, fetches, timeout_ms):
        sizes.append(len(feeds["x"]))
        release.wait(SECONDS)
        return double(feeds, fetches, timeout_ms)

    batcher = Batcher(
        model, Parameters(max_batch_size=4, max_enqueued_batches=1, threads=1, allowed_batch_sizes=(2, 4))
    )
    yield batcher, release, sizes
    release.set()
    batcher.close()


def test_b08_a_full_queue_is_unavailable_and_sizes_are_padded(slow):
    batcher, release, sizes = slow
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(run, batcher, 1.0)
        while not sizes:
            time.sleep(0.01)
        waiting = [pool.submit(run, batcher, float(n), n + 0.5) for n in (2, 3)]
        while batcher._queues and next(iter(batcher._queues.values()))[0].rows < 4:
            time.sleep(0.01)
        with pytest.raises(ServingError, match="currently 1 batches enqueued and max_enqueued_batches is 1") as caught:
            run(batcher, 4.0)
        assert caught.value.code == Code.UNAVAILABLE
        release.set()
        assert first.result() == [2.0]
        assert [future.result() for future in waiting] == [[4.0, 5.0], [6.0, 7.0]]
    assert sizes == [2, 4]


def test_b09_who_cannot_wait_gets_deadline_exceeded(slow):
    with pytest.raises(ServingError) as caught:
        run(slow[0], 1.0, timeout_ms=50)
    assert caught.value.code == Code.DEADLINE_EXCEEDED


def test_b10_an_error_reaches_all_and_the_batcher_goes_on():
    def model(feeds, fetches, timeout_ms):
        if feeds["x"].max() > 9:
            raise ServingError(Code.INTERNAL, "too much")
        return double(feeds, fetches, timeout_ms)

    batcher = Batcher(model, Parameters(timeout=0.1, threads=1))
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(run, batcher, value) for value in (1.0, 10.0)]
        assert [type(future.exception()) for future in futures] == [ServingError] * 2
    assert run(batcher, 3.0) == [6.0]
    batcher.close()


def test_b11_a_batch_is_run_when_it_is_full_or_its_time_is_up():
    patient = Batcher(double, Parameters(max_batch_size=2, timeout=3600, threads=1))
    assert run(patient, 1.0, 2.0) == [2.0, 4.0]
    patient.close()
    hasty = Batcher(double, Parameters(max_batch_size=2, timeout=0.2, threads=1))
    started = time.monotonic()
    assert run(hasty, 1.0) == [2.0]
    assert time.monotonic() - started >= 0.2
    hasty.close()


# the file, the error; or what is read
PARAMETER_ERRORS = [
    ("max_batch_size { value: 0 }", "max_batch_size must be positive; was 0"),
    ("max_batch_size { value: 8 } allowed_batch_sizes: [2, 4]", "Last entry in allowed_batch_sizes must match max_batch_size"),
    ("allowed_batch_sizes: [4, 2]", "must be positive and monotonically increasing"),
    ("pad_variable_length_inputs: true", "The stand-in has no pad_variable_length_inputs"),
]  # fmt: skip


def test_b12_the_parameters_file(tmp_path):
    assert read_parameters(str(TESTDATA / "batching_config.txt")) == Parameters(128, 0.0, 1000000, 8)
    assert read_parameters("") == Parameters()
    path = tmp_path / "batching.txt"
    for text, message in PARAMETER_ERRORS:
        path.write_text(text)
        with pytest.raises(ServingError, match=message):
            read_parameters(str(path))


def test_m01_metrics_count_requests_by_model_and_status(extras):
    name = ":tensorflow:serving:request_count"
    key = (name, ("model_name", "lenet"), ("status", "INVALID_ARGUMENT"))
    before = samples(extras).get(key, 0)
    extras.post("lenet:predict", "x")
    assert samples(extras)[key] == before + 1
    extras.post("made_up_1:predict", "{}")
    assert (name, ("model_name", ""), ("status", "INVALID_ARGUMENT")) not in samples(extras)
    assert samples(extras)[name, ("model_name", ""), ("status", "NOT_FOUND")] >= 1


def test_m02_metrics_time_requests_by_api_and_entrypoint(extras):
    extras.post("default:predict", {"instances": [1.0]})
    request = PredictRequest()
    request.model_spec.name = "default"
    request.inputs["x"].CopyFrom(to_proto(np.array([1], np.float32)))
    extras.predictions.Predict(request, timeout=SECONDS)
    seen = samples(extras)
    model = ("model_name", "default")
    for api, entrypoint in (("predict", "REST"), ("Predict", "GRPC")):
        labels = (("API", api), ("entrypoint", entrypoint), model)
        assert seen[":tensorflow:serving:request_latency_count", *labels] >= 1
        assert seen[":tensorflow:serving:request_latency_sum", *labels] > 300_000  # microseconds: the wait for a batch
    assert seen[":tensorflow:serving:runtime_latency_count", ("API", "Predict"), model, ("runtime", "TF1")] >= 2


def test_m03_the_page_is_at_its_path_only(extras):
    response = requests.get(extras.url + METRICS, timeout=SECONDS)
    assert response.headers["Content-Type"] == "text/plain"
    assert "# TYPE :tensorflow:serving:request_count counter" in response.text
    assert requests.get(extras.url + METRICS + "/", timeout=SECONDS).status_code == 404
    refused = requests.get(extras.url + METRICS + "?a=1", timeout=SECONDS)
    assert (refused.status_code, refused.text) == (400, f"Unexpected path: {METRICS}?a=1. Should be {METRICS}")


def test_m04_without_the_file_there_are_none(serving):
    assert requests.get(serving.url + METRICS, timeout=SECONDS).status_code == 404


CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}
PREDICT = "/v1/models/default:predict"


@pytest.mark.parametrize(("origin", "status"), [("http://a", 200), ("https://a", 200), ("ftp://a", 400), (None, 400)])
def test_x01_options_with_cors(extras, origin, status):
    response = requests.options(extras.url + PREDICT, headers={"Origin": origin} if origin else {}, timeout=SECONDS)
    assert response.status_code == status
    assert {name: response.headers[name] for name in CORS} == CORS


def test_x02_answers_and_errors_have_cors_headers_where_it_is_on(extras, serving):
    for body in ('{"instances": [1.0]}', "x"):
        assert CORS.items() <= dict(extras.post("default:predict", body).headers).items()
        assert not CORS.keys() & serving.post("default:predict", body).headers.keys()


def test_x03_the_unix_socket(extras, socket_path):
    request = PredictRequest()
    request.model_spec.name = "default"
    request.inputs["x"].CopyFrom(to_proto(np.array([1], np.float32)))
    with grpc.insecure_channel(f"unix:{socket_path}") as channel:
        response = PredictionServiceStub(channel).Predict(request, timeout=SECONDS)
    assert list(response.outputs["y"].float_val) == [2.5]


@pytest.fixture
def counter(tmp_path):
    """A servable that remembers how often it was called, and the folder that it came from."""
    folder = tmp_path / "1"
    shutil.copytree(MODELS["counter"] / "00000123", folder)
    (folder / FILE.parent).mkdir()
    servable = Servable(folder, LoadOptions())
    yield servable, folder
    servable.close()


def count(servable: Servable) -> float:
    (value,) = servable.run({}, [servable.signatures["get_counter"].outputs["output"]], 0)
    return float(value)


def test_x04_warm_up_requests_are_run(counter):
    servable, folder = counter
    assert warm_up(servable, folder) == 0
    record = PredictionLog()
    record.predict_log.request.model_spec.signature_name = "incr_counter"
    with tf.io.TFRecordWriter(str(folder / FILE)) as writer:
        for _ in range(3):
            writer.write(record.SerializeToString())
    assert warm_up(servable, folder) == 3
    assert count(servable) == 3.0


def test_x05_a_broken_warm_up_file_is_an_error(counter, tmp_path):
    servable, folder = counter
    with tf.io.TFRecordWriter(str(tmp_path / "record")) as writer:
        writer.write(b"no PredictionLog")
    record = (tmp_path / "record").read_bytes()
    for content in (b"no records " * 9, bytes(40), record, record[:-1]):
        (folder / FILE).write_bytes(content)
        with pytest.raises(ServingError, match="Failed to read warmup records"):
            warm_up(servable, folder)
