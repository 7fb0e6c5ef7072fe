"""``python -m server.tensorflow_serving``, with the flags of ``tensorflow_model_server``."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

from server.quiet import import_tensorflow
from server.tensorflow_serving.flags import BadFlags, check, parse, usage

NOTICE = """\
This is a stand-in for TensorFlow Serving, for teaching and for tests; it is not tensorflow_model_server.
It speaks the same REST and gRPC. It has no TLS, no remote storage, no GPU, no TensorFlow Lite models, no request log,
no SessionService and no profiler, and it is slower. In production, take the image tensorflow/serving.
"""
FAILURE = 2


def main(arguments: list[str]) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status."""
    if {"--help", "-h"} & {*arguments}:
        print(usage())
        return 0
    try:
        flags = parse(arguments)
        check(flags)
    except BadFlags as error:
        print(f"Failed to start server. Error: {error}", file=sys.stderr)
        return FAILURE
    # Until the server listens to signals, there is nothing to clean up: Ctrl+C simply ends the process, where Python's
    # own answer would be a traceback from deep inside TensorFlow's import.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print(NOTICE, file=sys.stderr, flush=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname).1s %(message)s", stream=sys.stderr)
    # gRPC itself answers a message that cannot be parsed; a traceback for each would let any client fill the log.
    logging.getLogger("grpc._common").setLevel(logging.CRITICAL)
    # With oneDNN, an input of the wrong rank to a convolution ends the whole process; without it, that is an error like
    # any other. TensorFlow reads this when it is imported.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    import_tensorflow()
    return _serve(flags)


def _serve(flags) -> int:
    import tensorflow as tf

    from server.tensorflow_serving.server import run
    from server.tensorflow_serving.status import ServingError

    tf.get_logger().setLevel(logging.ERROR)
    try:
        run(flags)
    except ServingError as error:
        print(f"Failed to start server. Error: {error}", file=sys.stderr)
        return FAILURE
    return 0


def serve_and_exit(arguments: list[str]) -> NoReturn:
    """``main``, and then the end of the process, with its status."""
    status = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is cleaned up by now. Python would still go through all of TensorFlow's objects: on a busy machine that
    # takes ten seconds or more, in which the process seems to hang.
    os._exit(status)


if __name__ == "__main__":
    serve_and_exit(sys.argv[1:])
