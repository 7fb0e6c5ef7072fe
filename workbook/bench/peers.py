"""Other people's servers of the same model file, each in its own environment.

The packages that a peer needs are listed at the top of its script (PEP 723); uv makes the environment from that, in its
cache, and finds it again.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from workbook.bench.servers import Contestant
from workbook.errors import UserError

INSTALL_SECONDS = 1800


class NotInstalled(RuntimeError):
    """The environment could not be made. The message is uv's last line."""


@dataclass(frozen=True)
class Peer(Contestant):
    """A contestant whose script names its packages."""

    def prepare(self) -> None:
        """Make the environment, if it is not there. Raises ``NotInstalled``, and ``UserError`` if there is no uv."""
        _uv("sync", "--quiet", "--compile-bytecode", "--script", str(self.file))

    def python(self) -> str:
        """The interpreter of that environment. Raises as ``prepare`` does."""
        return _uv("python", "find", "--script", str(self.file)).strip()


def _uv(*arguments: str) -> str:
    try:
        from uv import find_uv_bin
    except ModuleNotFoundError as error:
        raise UserError("the peers' environments are made by uv, which is missing: `pip install uv`") from error
    # uv would say that the environment in which we run is not the peer's.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [find_uv_bin(), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS, env=environment
    )
    if done.returncode:
        raise NotInstalled(done.stderr.strip())
    return done.stdout


def _instances(rows: list[list[int]]) -> dict:
    return {"instances": [rows]}


def _tensor(rows: list[list[int]]) -> dict:
    return {"inputs": [{"name": "image", "shape": [1, 28, 28], "datatype": "UINT8", "data": rows}]}


def _images(rows: list[list[int]]) -> dict:
    return {"images": [rows]}


PEERS = (
    Peer(
        "KServe",
        "peer_kserve.py",
        path="/v1/models/clothes:predict",
        ready="/v2/health/ready",
        body=_instances,
        scores=lambda answer: answer["predictions"][0],
    ),
    Peer(
        "MLServer",
        "peer_mlserver.py",
        path="/v2/models/clothes/infer",
        ready="/v2/health/ready",
        workers=1,
        body=_tensor,
        scores=lambda answer: answer["outputs"][0]["data"],
    ),
    Peer(
        "BentoML",
        "peer_bentoml.py",
        path="/classify",
        ready="/readyz",
        body=_images,
        scores=lambda answer: answer[0],
    ),
    Peer("LitServe", "peer_litserve.py", path="/predict", ready="/health"),
    Peer("Ray Serve", "peer_ray.py", path="/classify", ready="/-/healthz"),
)
