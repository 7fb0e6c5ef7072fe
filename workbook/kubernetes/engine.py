"""A pod of a manifest in a Docker engine: the same image, user, rights, limits and arguments, read from its objects.

It is not Kubernetes: no scheduler, no service, no network policy. What the container itself may do is the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from workbook.kubernetes.containers import PROBES
from workbook.kubernetes.objects import at, pod_of
from workbook.kubernetes.values import amount
from workbook.servers.containers import url_of
from workbook.servers.interrupts import uninterrupted

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

READY_SECONDS = 120
POLL_SECONDS = 0.1


def run_options(workload: dict) -> dict:
    """What the ``docker`` package needs to run the first container of a workload as its manifest says.

    Kubernetes' ``capabilities``, ``allowPrivilegeEscalation`` and ``emptyDir`` in memory have the same meaning there;
    memory that may be swapped out has no limit in Kubernetes, because its machines have no swap, and so none is given.
    """
    pod, container = pod_of(workload)["spec"], server_of(workload)
    rights = {**(pod.get("securityContext") or {}), **(container.get("securityContext") or {})}
    limits = container["resources"]["limits"]
    memory = int(amount(limits["memory"]))
    sizes = {volume["name"]: at(volume, "emptyDir", "sizeLimit") for volume in pod.get("volumes") or []}
    return {
        "command": container.get("args"),
        "environment": {one["name"]: one["value"] for one in container.get("env") or []},
        "user": f"{rights['runAsUser']}:{rights['runAsGroup']}",
        "read_only": rights["readOnlyRootFilesystem"],
        "cap_drop": rights["capabilities"]["drop"],
        "security_opt": [] if rights["allowPrivilegeEscalation"] else ["no-new-privileges"],
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": int(amount(limits["cpu"]) * 10**9),
        "tmpfs": {
            mount["mountPath"]: f"size={int(amount(sizes[mount['name']]))}"
            for mount in container.get("volumeMounts") or []
            if sizes.get(mount["name"])
        },
        "ports": {f"{port['containerPort']}/tcp": ("127.0.0.1", None) for port in container["ports"]},
    }


def server_of(workload: dict) -> dict:
    """The container that answers, as the manifest has it."""
    return pod_of(workload)["spec"]["containers"][0]


def port_of(workload: dict, wanted: str | int) -> int:
    """The number of a port that the manifest calls by number or name."""
    return next(port["containerPort"] for port in server_of(workload)["ports"] if wanted in port.values())


def probe_url(workload: dict, container: Container, probe: str) -> str:
    """The address on this machine at which Kubernetes would ask, such as for ``readinessProbe``."""
    asked = server_of(workload)[probe]["httpGet"]
    return url_of(container, port_of(workload, asked["port"])) + asked["path"]


def probes(workload: dict, container: Container) -> dict[str, int]:
    """What each probe of the manifest gets: a status of HTTP, and 0 where nobody answers."""
    there = [probe for probe in PROBES if probe in server_of(workload)]
    return {probe: _status(probe_url(workload, container, probe)) for probe in there}


def _status(url: str) -> int:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status
    except URLError as error:
        return getattr(error, "code", 0)
    except OSError:  # it broke off in the middle
        return 0


@contextmanager
def running(client: DockerClient, workload: dict, image: str) -> Iterator[Container]:
    """A container of ``image``, run as the manifest says, once its readiness probe is content; removed at the end.

    Raises ``TimeoutError`` with its log.
    """
    made: list[Container] = []
    try:
        with uninterrupted():
            made.append(client.containers.create(image, **run_options(workload)))
        made[0].start()
        yield _ready(made[0], workload)
    finally:
        for container in made:
            container.remove(force=True, v=True)


def _ready(container: Container, workload: dict) -> Container:
    deadline = time.monotonic() + READY_SECONDS
    while _status(probe_url(workload, container, "readinessProbe")) != 200:
        container.reload()
        if time.monotonic() > deadline or container.status == "exited":
            raise TimeoutError(f"not ready; it printed:\n{container.logs(tail=20).decode()}")
        time.sleep(POLL_SECONDS)
    return container
