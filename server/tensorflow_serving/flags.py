"""The flags of ``tensorflow_model_server`` that the stand-in has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields


class BadFlags(Exception):
    """What is wrong with the command line."""


def _flag(default: bool | int | str, text: str) -> object:
    return field(default=default, metadata={"text": text})


@dataclass(frozen=True)
class Flags:
    """Names and defaults are TensorFlow Serving's, except for ``bind_address``."""

    port: int = _flag(8500, "TCP port for gRPC; 0: none")
    grpc_socket_path: str = _flag("", "additional UNIX socket for gRPC")
    rest_api_port: int = _flag(0, "port for HTTP/REST; 0: none")
    rest_api_timeout_in_ms: int = _flag(30000, "time that a REST request may take")
    rest_api_num_threads: int = _flag(0, "REST handler threads; 0: two per core, with batching sixteen")
    rest_api_enable_cors_support: bool = _flag(False, "send CORS headers")
    enable_batching: bool = _flag(False, "put requests that come at the same time together")
    batching_parameters_file: str = _flag("", "BatchingParameters as protobuf text; with --enable_batching")
    model_config_file: str = _flag("", "ModelServerConfig as protobuf text, instead of the next two")
    model_name: str = _flag("default", "name of the model")
    model_base_path: str = _flag("", "folder that holds the version folders; an absolute path")
    model_config_file_poll_wait_seconds: int = _flag(0, "seconds between two readings of the config file; 0: never")
    file_system_poll_wait_seconds: int = _flag(1, "seconds between two looks for versions; 0: once")
    max_num_load_retries: int = _flag(5, "how often to retry loading a version")
    load_retry_interval_micros: int = _flag(60 * 1000 * 1000, "time between two tries")
    allow_version_labels_for_unavailable_models: bool = _flag(False, "labels for versions not yet loaded")
    monitoring_config_file: str = _flag("", "MonitoringConfig as protobuf text: switches Prometheus metrics on")
    grpc_channel_arguments: str = _flag("", "key=value,key=value for the gRPC server")
    grpc_max_threads: int = _flag(0, "gRPC handler threads; 0: eight per core")
    enable_model_warmup: bool = _flag(True, "run assets.extra/tf_serving_warmup_requests after loading")
    saved_model_tags: str = _flag("serve", "tags of the graph to load, separated by commas")
    tensorflow_session_parallelism: int = _flag(0, "TensorFlow's threads of either kind; 0: one per core")
    tensorflow_intra_op_parallelism: int = _flag(0, "TensorFlow's threads within an operation")
    tensorflow_inter_op_parallelism: int = _flag(0, "TensorFlow's threads for operations")
    bind_address: str = _flag("127.0.0.1", "the stand-in's own: 0.0.0.0 in a container")


EXAMPLE = """\
Serve SavedModels with a stand-in for TensorFlow Serving. It takes tensorflow_model_server's own flags.
Example: workbook model-server --rest_api_port=8501 --model_name=clothes --model_base_path=$PWD/server/models/clothes
"""
PARSERS: dict[str, Callable[[str], bool | int | str]] = {
    "str": str,
    "int": int,
    "bool": lambda text: {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}[text.lower()],
}
COUNTS = (
    "rest_api_num_threads",
    "max_num_load_retries",
    "grpc_max_threads",
    "tensorflow_session_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
)
# Beyond that, TensorFlow ends the process, or a thread pool cannot be made.
LIMITS = {"port": 65535, "rest_api_port": 65535, **dict.fromkeys(COUNTS, 2**31 - 1)}


def parse(arguments: list[str]) -> Flags:
    """``--name=value``, as in upstream; ``--name`` alone sets a boolean. Raises ``BadFlags``."""
    types = {flag.name: flag.type for flag in fields(Flags)}
    values = {}
    for argument in arguments:
        name, equals, text = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or name not in types:
            raise BadFlags(f"unknown argument: {argument}; see --help")
        if not equals and types[name] == "bool":
            text = "true"
        elif not equals:
            raise BadFlags(f"--{name} needs a value: --{name}=…")
        try:
            values[name] = PARSERS[types[name]](text)
        except (ValueError, KeyError):
            raise BadFlags(f"--{name} takes {types[name]}, not {text!r}") from None
    return Flags(**values)


def check(flags: Flags) -> None:
    """Raises ``BadFlags`` if flags do not go together, in upstream's words if it refuses them, too."""
    if not flags.port and not flags.grpc_socket_path:
        raise _refused("At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.")
    if not flags.model_base_path and not flags.model_config_file:
        raise _refused("Both server_options.model_base_path and server_options.model_config_file are empty!")
    if flags.batching_parameters_file and not flags.enable_batching:
        raise _refused(
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
        )
    kinds = (flags.tensorflow_intra_op_parallelism, flags.tensorflow_inter_op_parallelism)
    if min(*kinds, flags.tensorflow_session_parallelism) > 0:
        raise _refused(
            "Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            "separately. You cannot configure all."
        )
    if flags.rest_api_port and flags.rest_api_port == flags.port:
        raise BadFlags("--rest_api_port cannot be the same as --port.")
    for name, most in LIMITS.items():
        if not 0 <= getattr(flags, name) <= most:
            raise BadFlags(f"--{name} takes a number from 0 to {most}")


def _refused(reason: str) -> BadFlags:
    return BadFlags(f"INVALID_ARGUMENT: {reason}")


def usage() -> str:
    lines = [f"    --{flag.name}={flag.default}  {flag.metadata['text']}" for flag in fields(Flags)]
    return "\n".join([EXAMPLE, "Flags, with their defaults:", *lines])
