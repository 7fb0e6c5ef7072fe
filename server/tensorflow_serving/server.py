"""The server: the core, the watchers of disk and configuration, and the two interfaces, put together from the flags."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cheroot.wsgi import Server as HttpServer
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from server.tensorflow_serving.configuration.batching_parameters import read_parameters
from server.tensorflow_serving.configuration.model_config import read_text_proto, single_model
from server.tensorflow_serving.configuration.text_protos import MonitoringConfig
from server.tensorflow_serving.execution.servable import LoadOptions, Servable
from server.tensorflow_serving.flags import Flags
from server.tensorflow_serving.grpc_services import create_server
from server.tensorflow_serving.lifecycle.core import ServerCore
from server.tensorflow_serving.lifecycle.manager import Manager
from server.tensorflow_serving.lifecycle.version import Retries
from server.tensorflow_serving.metrics import DEFAULT_PATH, Metrics, with_page
from server.tensorflow_serving.requests.warmup import warm_up
from server.tensorflow_serving.rest.http_server import start_http
from server.tensorflow_serving.rest.routes import RestApi
from server.tensorflow_serving.status import ServingError, Unavailable, invalid_argument

log = logging.getLogger(__name__)
MICROSECONDS = 1_000_000
GRACE_SECONDS = 10
POLL_SECONDS = 0.1
CORES = os.cpu_count() or 1
GRPC_THREADS_A_CORE = 8
# More threads would only get in each other's way, but each request that waits for a batch takes one.
HTTP_THREADS_A_CORE = 2
HTTP_THREADS_A_CORE_WITH_BATCHING = 16


class ModelServer:
    """``start`` returns when all models have loaded and the ports are open; ``stop`` answers requests in progress."""

    def __init__(self, flags: Flags) -> None:
        self._flags = flags
        self._asked_to_stop = False
        self._stopping = threading.Event()
        self._trouble = ""
        self._metrics = Metrics()
        self._options = _load_options(flags, self._metrics)
        retries = Retries(flags.max_num_load_retries, flags.load_retry_interval_micros / MICROSECONDS)
        self._manager = Manager(self._load, retries)
        self._core = ServerCore(self._manager, flags.allow_version_labels_for_unavailable_models)
        threads = flags.grpc_max_threads or GRPC_THREADS_A_CORE * CORES
        self._grpc = create_server(self._core, self._metrics, threads, flags.grpc_channel_arguments)
        self._http: HttpServer | None = None

    def start(self) -> None:
        """Raises ``ServingError`` if configuration, models or ports do not allow it."""
        config, page = self._read_config(), self._metrics_path()
        self._watch()
        self._core.reload(config, self._wanted)
        if self._asked_to_stop:
            return
        self._open_grpc()
        if self._flags.rest_api_port:
            self._open_rest(page)

    def ask_to_stop(self) -> None:
        """May be called by a signal handler, so it takes no lock, which the interrupted code could hold."""
        self._asked_to_stop = True

    def wait(self) -> None:
        while not self._asked_to_stop:
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Close the ports, answer requests in progress, and end the threads that watch and load."""
        self._stopping.set()
        self._manager.stop()
        if self._http:
            self._http.stop()
        self._grpc.stop(GRACE_SECONDS).wait()

    def _wanted(self) -> bool:
        return not self._asked_to_stop

    def _load(self, folder: Path) -> Servable:
        servable = Servable(folder, self._options)
        if self._flags.enable_model_warmup:
            try:
                number = warm_up(servable, folder)
            except ServingError:
                servable.close()
                raise
            if number:
                log.info("Ran %d warm-up requests of %s", number, folder)
        return servable

    def _metrics_path(self) -> str:
        """The path of the metrics; empty if there are none."""
        if not self._flags.monitoring_config_file:
            return ""
        prometheus = read_text_proto(self._flags.monitoring_config_file, MonitoringConfig()).prometheus_config
        return (prometheus.path or DEFAULT_PATH) if prometheus.enable else ""

    def _read_config(self) -> ModelServerConfig:
        if self._flags.model_config_file:
            return read_text_proto(self._flags.model_config_file, ModelServerConfig())
        return single_model(self._flags.model_name, self._flags.model_base_path)

    def _watch(self) -> None:
        self._every(self._flags.file_system_poll_wait_seconds, self._core.poll)
        if self._flags.model_config_file:
            self._every(self._flags.model_config_file_poll_wait_seconds, self._reload)

    def _every(self, seconds: int, work: Callable[[], None]) -> None:
        if seconds > 0:
            threading.Thread(target=self._repeat, args=(seconds, work), daemon=True).start()

    def _repeat(self, seconds: int, work: Callable[[], None]) -> None:
        while not self._stopping.wait(seconds):
            try:
                work()
            except Exception:
                # Whatever it is, by the next look it may be fixed.
                log.exception("will look again in %d s", seconds)

    def _reload(self) -> None:
        try:
            self._core.reload(self._read_config(), self._wanted)
        except Unavailable as error:
            log.error("%s", error)  # the file is fine, but its models are not; that is not tried again
        except ServingError as error:
            # The file is read every few seconds; what is wrong with it is said once.
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.error("Reloading %s failed: %s", self._flags.model_config_file, error)
            return
        if self._trouble:
            log.info("Reloaded %s, which is in order again", self._flags.model_config_file)
        self._trouble = ""

    def _open_grpc(self) -> None:
        addresses = []
        if self._flags.port:
            addresses.append(f"{self._flags.bind_address}:{self._flags.port}")
        if self._flags.grpc_socket_path:
            addresses.append(f"unix:{self._flags.grpc_socket_path}")
        for address in addresses:
            try:
                self._grpc.add_insecure_port(address)
            except RuntimeError as error:
                raise invalid_argument(f"Cannot listen on {address}: {error}") from error
            log.info("Running gRPC ModelServer at %s ...", address)
        self._grpc.start()

    def _open_rest(self, metrics_path: str) -> None:
        flags = self._flags
        application = RestApi(
            self._core, self._metrics, flags.rest_api_timeout_in_ms, flags.rest_api_enable_cors_support
        )
        if metrics_path:
            application = with_page(application, metrics_path, self._metrics)
        address = (flags.bind_address, flags.rest_api_port)
        a_core = HTTP_THREADS_A_CORE_WITH_BATCHING if flags.enable_batching else HTTP_THREADS_A_CORE
        self._http = start_http(application, address, flags.rest_api_num_threads or a_core * CORES)
        log.info("Exporting HTTP/REST API at:%s:%d ...", *address)


def run(flags: Flags) -> None:
    """Serve until SIGINT or SIGTERM. Raises ``ServingError`` if the server cannot start."""
    server = ModelServer(flags)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.ask_to_stop())
    try:
        server.start()
        server.wait()
    finally:
        server.stop()


def _load_options(flags: Flags, metrics: Metrics) -> LoadOptions:
    return LoadOptions(
        tags=tuple(flags.saved_model_tags.split(",")),
        intra_op_threads=flags.tensorflow_intra_op_parallelism or flags.tensorflow_session_parallelism,
        inter_op_threads=flags.tensorflow_inter_op_parallelism or flags.tensorflow_session_parallelism,
        batching=read_parameters(flags.batching_parameters_file) if flags.enable_batching else None,
        on_run=metrics.count_graph_run,
    )
