"""A student's process in a container: for machines without Linux's namespaces, but with a Docker engine.

Nothing of this machine is mounted: the sandbox goes in through the process's standard input, so the engine may be on
another machine. The image has Python and the packages that a lab imports, and nothing of the course.
"""

from __future__ import annotations

import io
import os
import socket
import tarfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import docker
import requests
from docker.utils.socket import STDERR, STDOUT, frames_iter

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab
from workbook.labs.sandbox.contents import LAB_FOLDER, RUNNER_FOLDER, runner_command
from workbook.labs.sandbox.inside import seccomp
from workbook.labs.sandbox.surroundings import own_environment
from workbook.servers.containers import SOURCE, connect

DOCKERFILE = "docker/labs/labs.Dockerfile"
LABEL = "workbook-grade"  # on every container of a grading
USER = "65534:65534"  # nobody
INSIDE = Path("/tmp")
DISK_MEGABYTES = 96
DISK = f"size={DISK_MEGABYTES}m,nr_inodes=20000,mode=1777"
# As small as the default of other kinds of sockets: not every kernel counts them as a container's memory.
BUFFERS = {"net.ipv4.tcp_rmem": "4096 131072 212992", "net.ipv4.tcp_wmem": "4096 16384 212992"}
PRINTED_BYTES = 16 * 1024 * 1024
SPARE_SECONDS = 30  # beyond what a lab allows, until a container ends by itself if nobody has ended it
UNPACK = (Path(__file__).parent / "inside" / "unpack.py").read_text(encoding="utf-8")
NEEDED = ("MemoryLimit", "PidsLimit")  # of an engine, which silently does without if its system does not have them


def available() -> bool:
    """Whether a Docker engine answers that runs Linux containers, on a known kind of machine, and can limit them."""
    client = connect()
    if client is None:
        return False
    found = client.info()
    known = found["OSType"] == "linux" and found["Architecture"] in seccomp.MACHINES
    return known and all(found[limit] for limit in NEEDED)


def image_of(lab: Lab) -> str:
    """The image that a lab's answers run in: the smaller of the two that is enough."""
    return f"workbook-labs-{_target(lab)}"


def build_image(lab: Lab) -> None:
    """Build the lab's image, which takes only a moment if the engine has built it before. Raises ``UserError``.

    Containers left by a grading that was killed have ended by themselves; they are removed.
    """
    image, target = image_of(lab), _target(lab)
    client = connect()
    try:
        client.containers.prune(filters={"label": LABEL})
        client.images.build(path=str(SOURCE), dockerfile=DOCKERFILE, target=target, tag=image, rm=True)
    except docker.errors.DockerException as error:
        command = f"docker build --tag {image} --target {target} --file {DOCKERFILE} {SOURCE}"
        raise UserError(f"the image {image} could not be built ({error}); this shows why: {command}") from error


def _target(lab: Lab) -> str:
    return "pipeline" if "pipeline" in lab.packages else "server"


class Contained:
    """The runner of the sandbox ``folder`` in a container. What it prints goes to ``log``; ``answers`` as in ``Local``.

    Raises what ``docker`` raises if the engine fails.
    """

    def __init__(self, lab: Lab, folder: Path, log: BinaryIO) -> None:
        sandbox = _packed(folder)
        seconds = int(lab.limits.total_seconds) + SPARE_SECONDS
        runner = runner_command(INSIDE, lab, processes=0)  # the engine counts them
        self._client = connect()
        self._container = self._client.containers.create(
            image_of(lab),
            ["python", "-I", "-c", UNPACK, str(len(sandbox)), str(seconds), *runner],
            **_settings(lab),
        )
        params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._stream = self._container.attach_socket(params=params)
        self._socket = getattr(self._stream, "_sock", self._stream)  # on Windows and with TLS it is one
        self._socket.settimeout(None)
        self._container.start()
        ours, theirs = os.pipe()
        self.answers: BinaryIO = os.fdopen(ours, "rb")
        threading.Thread(target=_sort, args=(self._stream, os.fdopen(theirs, "wb", 0), log), daemon=True).start()
        self.send(sandbox)

    def send(self, line: bytes) -> None:
        """Raises ``OSError`` if the process is gone."""
        self._socket.sendall(line)

    def status(self) -> int | None:
        """The exit status of a process that has just ended; None if it does not end."""
        with suppress(docker.errors.APIError, requests.RequestException):
            return self._container.wait(timeout=1)["StatusCode"]
        return None

    def starved(self) -> float:
        return 0.0  # the engine does not report this

    def used(self) -> float:
        """How much it has used is not known either."""
        return 0.0

    def end(self) -> None:
        """End it, and remove the container with all that was in it.

        Its output is released first: an engine that waits for somebody to read it keeps the container locked meanwhile,
        and blocks whoever asks for all containers.
        """
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(docker.errors.NotFound):
            self._container.remove(force=True, v=True)
        self._stream.close()
        self._client.close()


def _settings(lab: Lab) -> dict:
    """What the container has: only memory to write to, no network, and none of root's rights."""
    memory = f"{lab.limits.megabytes + DISK_MEGABYTES}m"
    return {
        "user": USER,
        "working_dir": str(INSIDE),
        "environment": own_environment(f"{INSIDE}/home"),
        "labels": [LABEL],
        "network_mode": "none",
        "sysctls": BUFFERS,
        "read_only": True,
        "tmpfs": {str(INSIDE): DISK},
        "ipc_mode": "none",
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": lab.limits.processes,
        "nano_cpus": 10**9,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "log_config": {"type": "none"},  # or the engine would keep everything that is printed
        "stdin_open": True,
    }


def _packed(folder: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in (LAB_FOLDER, RUNNER_FOLDER):
            archive.add(folder / name, name)
    return content.getvalue()


def _sort(stream, answers: BinaryIO, log: BinaryIO) -> None:
    """Split the container's output, until it ends: answers go into their pipe, the rest into the log, as far as it is
    kept."""
    room = PRINTED_BYTES
    with answers, suppress(OSError, ValueError):  # nobody is reading any more
        for kind, content in frames_iter(stream, tty=False):
            if kind == STDOUT:
                answers.write(content)
            elif kind == STDERR and room > 0:
                log.write(content[:room])
                log.flush()
                room -= len(content)
