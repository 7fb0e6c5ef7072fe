"""A pod of a manifest in a Docker engine: the same image, user, rights, limits and arguments, read from its objects.

It is not Kubernetes: no scheduler, no service, no network policy. What the containers themselves may do is the same,
those that prepare the pod among them, and so is what they find in their volumes.
"""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from workbook.kubernetes.containers import PROBES, image_name
from workbook.kubernetes.objects import at, containers, name_of, of_kind, pod_of
from workbook.kubernetes.values import amount
from workbook.servers.containers import url_of
from workbook.servers.interrupts import uninterrupted

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.volumes import Volume

READY_SECONDS = 120
POLL_SECONDS = 0.1
# What kubelet does with a volume for the group of a pod: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
FOR_THE_GROUP = "chgrp -R {group} /volume && chmod -R g+rX /volume && chmod g+ws /volume"


def run_options(workload: dict, container: dict | None = None, volumes: Mapping[str, str] | None = None) -> dict:
    """What the ``docker`` package needs to run a container of a workload as its manifest says, the first by default.

    ``volumes`` are the engine's, by the names that the pod has for them; an ``emptyDir`` in memory needs none.
    Kubernetes' ``capabilities``, ``allowPrivilegeEscalation`` and ``emptyDir`` in memory have the same meaning there;
    memory that may be swapped out has no limit in Kubernetes, because its machines have no swap, and so none is given.
    """
    pod, container = pod_of(workload)["spec"], container or server_of(workload)
    rights = {**(pod.get("securityContext") or {}), **(container.get("securityContext") or {})}
    limits = container["resources"]["limits"]
    memory = int(amount(limits["memory"]))
    mounts = container.get("volumeMounts") or []
    sizes = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in _in_memory(pod)}
    return {
        "entrypoint": container.get("command"),
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
            for mount in mounts
            if mount["name"] in sizes
        },
        "volumes": {
            volumes[mount["name"]]: {"bind": mount["mountPath"], "mode": "ro" if mount.get("readOnly") else "rw"}
            for mount in mounts
            if mount["name"] in (volumes or {})
        },
        "ports": {f"{port['containerPort']}/tcp": ("127.0.0.1", None) for port in container.get("ports") or []},
    }


def _in_memory(pod: dict) -> list[dict]:
    return [volume for volume in pod.get("volumes") or [] if at(volume, "emptyDir", "medium") == "Memory"]


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
def running(client: DockerClient, workload: dict, image: str, objects: list[dict] | None = None) -> Iterator[Container]:
    """A container of ``image``, run as the manifest says, once its readiness probe is content; removed at the end.

    Before it run those that prepare the pod, each of the image whose name the manifest has, without its registry.
    ``objects`` has the ConfigMaps that the pod mounts. Raises ``TimeoutError`` with its log.
    """
    made: list[Container] = []
    with _volumes(client, workload, image, objects or []) as volumes:
        for one in containers([workload]):
            if not one.serves:
                client.containers.run(image_name(one), remove=True, **run_options(workload, one.body, volumes))
        try:
            with uninterrupted():
                made.append(client.containers.create(image, detach=True, **run_options(workload, volumes=volumes)))
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


@contextmanager
def _volumes(client: DockerClient, workload: dict, image: str, objects: list[dict]) -> Iterator[dict[str, str]]:
    """The engine's volumes for those of the pod that are not in memory; removed at the end."""
    pod = pod_of(workload)["spec"]
    files = {name_of(one): one["data"] for one in of_kind(objects, "ConfigMap")}
    made: dict[str, Volume] = {}
    try:
        for volume in pod.get("volumes") or []:
            if volume not in _in_memory(pod):
                made[volume["name"]] = client.volumes.create()
                content = files[volume["configMap"]["name"]] if "configMap" in volume else {}
                _fill(client, image, made[volume["name"]], content, pod["securityContext"]["fsGroup"])
        yield {name: volume.name for name, volume in made.items()}
    finally:
        for volume in made.values():
            volume.remove(force=True)


def _fill(client: DockerClient, image: str, volume: Volume, files: Mapping[str, str], group: int) -> None:
    """Write ``files``, by their names, and give them to the ``group``, by a container that is gone afterward."""
    command = ["-c", FOR_THE_GROUP.format(group=group)]
    mounted = {volume.name: {"bind": "/volume", "mode": "rw"}}
    helper = client.containers.create(image, command, entrypoint=["sh"], user="0", volumes=mounted)
    try:
        helper.put_archive("/volume", _archive(files))
        helper.start()
        if (status := helper.wait()["StatusCode"]) != 0:
            raise RuntimeError(f"exit status {status}: {helper.logs().decode()}")
    finally:
        helper.remove(force=True)


def _archive(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()
