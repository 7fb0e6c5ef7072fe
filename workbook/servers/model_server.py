"""TensorFlow Serving for a notebook: the official image if Docker has it, otherwise the course's stand-in."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

from workbook.servers.process import Process, answers, free_port

# The newest release; TensorFlow's own version is one ahead.
OFFICIAL_IMAGE = "tensorflow/serving:2.20.0"
STAND_IN = [sys.executable, "-m", "server.tensorflow_serving"]
DOCKER_SECONDS = 10


class ModelServer(Process):
    """A model server on free ports of 127.0.0.1, for the models under ``folder``.

    ``flags`` are those of ``tensorflow_model_server``; paths in them are absolute and inside ``folder``. ``url`` is the
    address of REST, ``address`` that of gRPC. Waits until ``ready``, a REST route, answers; an empty one waits for
    nothing. Raises ``DidNotStart``. Use it in a ``with`` statement, or call ``stop`` yourself.
    """

    def __init__(self, folder: Path, *flags: str, ready: str = "/v1/models/clothes") -> None:
        rest, grpc = free_port(), free_port()
        self.url, self.address = f"http://127.0.0.1:{rest}", f"127.0.0.1:{grpc}"
        self.official = official_image_runs()
        start = in_docker(folder, rest, grpc) if self.official else here(rest, grpc)
        super().__init__([*start, *flags], {})
        if ready:
            self.wait_until(lambda: answers(self.url + ready), f"answer at {ready}")

    def wait_for_log(self, text: str) -> None:
        """Wait until the server has printed ``text``. Raises ``DidNotStart``."""
        self.wait_until(lambda: text in self.log(), f"{text!r} in what it prints")


def official_image_runs() -> bool:
    """Whether a Docker engine has the official image. It is never downloaded from here: that is the user's decision.

    There is no image for ARM, and with Windows paths a mount has another name inside.
    """
    if platform.system() == "Windows" or platform.machine() not in ("x86_64", "AMD64"):
        return False
    command = ["docker", "image", "inspect", OFFICIAL_IMAGE]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=DOCKER_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def in_docker(folder: Path, rest: int, grpc: int) -> list[str]:
    """The command that runs the image, up to the flags; ``folder`` has the same path inside as outside."""
    return [
        # --init passes on SIGTERM; --rm leaves nothing behind.
        *("docker", "run", "--rm", "--init", "--entrypoint", "tensorflow_model_server"),
        *("--publish", f"127.0.0.1:{rest}:8501", "--publish", f"127.0.0.1:{grpc}:8500"),
        *("--volume", f"{folder.absolute()}:{folder.absolute()}:ro", OFFICIAL_IMAGE),
        *("--rest_api_port=8501", "--port=8500"),
    ]


def here(rest: int, grpc: int) -> list[str]:
    """The command that runs the stand-in, up to the flags."""
    return [*STAND_IN, f"--rest_api_port={rest}", f"--port={grpc}"]
