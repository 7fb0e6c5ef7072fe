"""``python -m server``: the server in its production form, without the course's tool around it, for a container."""

from __future__ import annotations

import signal
from pathlib import Path


def main() -> None:
    """Parse the arguments, and serve until SIGINT or SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until Granian sets its own, Ctrl+C ends this without a traceback
    import argparse

    from server.model_card import PINNED_MODELS
    from server.production.protocols.platforms import port_of_the_platform, start_on_sagemaker
    from server.production.protocols.sagemaker import COMMAND
    from server.production.workers import HOST, PORT, serve

    parser = argparse.ArgumentParser(prog="python -m server", description="Serve a model repository over HTTP.")
    parser.add_argument("platform", nargs="?", choices=[COMMAND], help="how Amazon SageMaker starts a container")
    parser.add_argument("--models", type=Path, default=PINNED_MODELS, help="a model repository; default: the pinned")
    parser.add_argument("--host", default=HOST, help="0.0.0.0 in a container, or other containers cannot reach it")
    parser.add_argument("--port", type=int, help=f"default: the one that a cloud asks for, or {PORT}")
    parser.add_argument("--workers", type=int, help="processes; default: one per core")
    arguments = parser.parse_args()
    models = start_on_sagemaker(arguments.models) if arguments.platform else arguments.models
    if not models.is_dir():
        parser.error(f"{models} is not a folder: expected a model repository")
    try:
        port = port_of_the_platform(PORT) if arguments.port is None else arguments.port
        serve(models, arguments.host, port, arguments.workers)
    except ValueError as error:  # a setting in the environment
        parser.exit(2, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
