"""What Prometheus scrapes, under TensorFlow Serving's names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

from server.tensorflow_serving.status import Code, ServingError

DEFAULT_PATH = "/monitoring/prometheus/metrics"
SERVING, CORE = ":tensorflow:serving:", ":tensorflow:core:"
COUNTERS = (SERVING + "request_count", CORE + "graph_runs")
BUCKETS = [10 * 1.8**power for power in range(33)]
MICROSECONDS = 1_000_000
RUNTIME = "TF1"  # upstream's name for a session
REST, GRPC = "REST", "GRPC"
# A name that somebody made up would be a new series, kept for good.
UNKNOWN_MODEL = ""


class Metrics:
    """Counts and times, in microseconds."""

    def __init__(self) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._requests = Counter(COUNTERS[0], "Requests.", ("model_name", "status"), registry=self._registry)
        self._graph_runs = Counter(COUNTERS[1], "Runs of a model's graph.", registry=self._registry)
        self._request_latency = self._histogram(
            "request_latency", "Time to answer.", ("model_name", "API", "entrypoint")
        )
        self._runtime_latency = self._histogram(
            "runtime_latency", "Time in the model.", ("model_name", "API", "runtime")
        )

    def _histogram(self, name: str, text: str, labels: tuple[str, ...]) -> Histogram:
        return Histogram(SERVING + name, text, labels, buckets=BUCKETS, registry=self._registry)

    @contextmanager
    def request(self, model: str, api: str, entrypoint: str) -> Iterator[None]:
        """Around the answer to an inference request."""
        started = time.perf_counter()
        code = Code.INTERNAL
        try:
            yield
            code = Code.OK
            latency = self._request_latency.labels(model, api, entrypoint)
            latency.observe((time.perf_counter() - started) * MICROSECONDS)
        except ServingError as error:
            code = error.code
            raise
        finally:
            self._requests.labels(model, code.name).inc()

    @contextmanager
    def runtime(self, model: str, api: str) -> Iterator[None]:
        """Around what the model does for a request, including waiting for a batch."""
        started = time.perf_counter()
        yield
        latency = (time.perf_counter() - started) * MICROSECONDS
        self._runtime_latency.labels(model, api, RUNTIME).observe(latency)

    def count_graph_run(self) -> None:
        self._graph_runs.inc()

    def page(self) -> bytes:
        """All of it, in Prometheus's text format."""
        text = generate_latest(self._registry).decode()
        for name in COUNTERS:
            # The client library gives each counter a suffix that upstream's do not have.
            text = text.replace(name + "_total", name)
        return text.encode()


def with_page(application: Callable, path: str, metrics: Metrics) -> Callable:
    """The WSGI application, with the page at exactly ``path``."""

    def serve(environ: dict, start_response: Callable) -> Iterable[bytes]:
        asked = environ["REQUEST_URI"]
        if asked.partition("?")[0] != path:
            return application(environ, start_response)
        status, page = "200 OK", metrics.page()
        if asked != path:  # upstream finds the page without the query and then refuses it
            status, page = "400 Bad Request", f"Unexpected path: {asked}. Should be {path}".encode()
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(page)))])
        return [page]

    return serve
