"""Rules on one container and its pod: what it may use, what it is asked, how it ends, and what it has no right to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from workbook.kubernetes.objects import Container, Problem, at, containers
from workbook.kubernetes.values import amount

# What docker/ builds, and what docker/compose.yaml takes as it comes.
REFERENCE = ("workbook-server",)
TENSORFLOW_SERVING = ("tensorflow/serving", "workbook-model-server")
IMAGES = (*REFERENCE, *TENSORFLOW_SERVING, "workbook-jupyter")
KNOWN = ", ".join(IMAGES)
# Megabytes that the process has taken at most, where somebody has measured it: docs/bench.md, two workers.
MEASURED = {"workbook-server": 460}
# Seconds from SIGTERM to the last answer: `STOP_SECONDS` of server/production/workers.py, and TensorFlow Serving's
# requests, which take less.
STOP_SECONDS = 10
# The addresses of TensorFlow Serving's REST API that may be asked without a body, and its metrics:
# https://www.tensorflow.org/tfx/serving/api_rest
TENSORFLOW_PATHS = re.compile(
    r"/v1/models/[^/:]+(/(versions/\d+|labels/[^/:]+))?(/metadata)?|/monitoring/prometheus/metrics"
)
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def image_name(container: Container) -> str:
    """The image without registry, version and digest: ``workbook-server``, ``tensorflow/serving``."""
    name = re.sub(r"(@sha256:\w+|:[^/]*)$", "", str(container.body.get("image", "")))
    return next((known for known in IMAGES if name == known or name.endswith(f"/{known}")), name)


def images_are_the_courses(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        if image_name(one) not in IMAGES:
            yield one.problem("image", f"{one.body.get('image')} is not built in docker/: take one of {KNOWN}")


def images_have_a_version(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        image = str(one.body.get("image", ""))
        version = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and version in ("", "latest"):
            yield one.problem("image", f"{image} may be another program tomorrow: name a version, such as :0.1.0")


def requests_are_within_limits(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        for name in ("cpu", "memory"):
            least, most = (at(one.body, "resources", kind, name) for kind in ("requests", "limits"))
            if least is None or most is None:
                yield one.problem("resources", f"say in requests and in limits how much {name} it needs and may have")
            elif None not in (amount(least), amount(most)) and amount(least) > amount(most):
                yield one.problem(f"resources.requests.{name}", f"{least} is more than its limit, {most}")


def memory_is_enough(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        most, measured = amount(at(one.body, "resources", "limits", "memory")), MEASURED.get(image_name(one))
        tmp = sum(amount(at(volume, "emptyDir", "sizeLimit")) or 0 for volume in one.pod.get("volumes") or []
                  if at(volume, "emptyDir", "medium") == "Memory")  # fmt: skip
        if one.serves and measured and most is not None and most <= measured * 10**6 + tmp:
            yield one.problem(
                "resources.limits.memory",
                f"it has taken {measured} MB, and {tmp // 10**6} MB of /tmp count, too: allow more, or it is killed",
            )


def probes_are_there(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        for probe in PROBES:
            if one.serves and one.owner["kind"] == "Deployment" and not one.body.get(probe):
                yield one.problem(probe, "is missing: without it Kubernetes takes a process for a server")


def probes_ask_what_the_server_answers(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        for probe in PROBES:
            path = at(one.body, probe, "httpGet", "path")
            if path is not None and not answers(image_name(one), path):
                yield one.problem(f"{probe}.httpGet.path", f"{image_name(one)} answers no GET at {path}")


def answers(image: str, path: str) -> bool:
    """Whether the server in the image has a route for GET at ``path``. Of other images nothing is known: True."""
    if image in TENSORFLOW_SERVING:
        return TENSORFLOW_PATHS.fullmatch(path) is not None
    if image not in REFERENCE:
        return True
    from werkzeug.exceptions import HTTPException

    try:
        _reference_routes().match(path, method="GET")
    except HTTPException:
        return False
    return True


@cache
def _reference_routes():
    from server.routes import plain_app

    return plain_app(None).url_map.bind("")  # only its routes are read: nothing is asked of a repository


def liveness_does_not_ask_for_a_model(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        if image_name(one) in REFERENCE and at(one.body, "livenessProbe", "httpGet", "path") == "/readyz":
            yield one.problem("livenessProbe.httpGet.path", "a restart brings no model: ask /healthz")


def ports_of_probes_are_open(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        for probe in PROBES:
            for kind in ("httpGet", "tcpSocket", "grpc"):
                port = at(one.body, probe, kind, "port")
                if port is not None and port not in open_ports(one.body):
                    yield one.problem(
                        f"{probe}.{kind}.port",
                        f"the container has no port {port}: add it to ports",
                    )


def open_ports(container: dict) -> set[str | int]:
    """The ports of a container, each by its number and, if it has one, by its name."""
    ports = container.get("ports") or []
    return {port[key] for port in ports for key in ("containerPort", "name") if key in port}


def it_has_time_to_end(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        if one.owner["kind"] != "Deployment" or not one.serves:
            continue
        rest, grace = rest_before_the_signal(one.body), one.pod.get("terminationGracePeriodSeconds", 30)
        if not rest:
            yield one.problem(
                "lifecycle.preStop",
                "sleep some seconds, or requests on their way find a closed door",
            )
        elif grace < rest + STOP_SECONDS:
            yield one.problem(
                "lifecycle.preStop",
                f"{rest}, and {STOP_SECONDS} to finish, is more than terminationGracePeriodSeconds, {grace}",
            )


def rest_before_the_signal(container: dict) -> int:
    """Seconds that ``preStop`` takes, by its action or in its command ``sleep``; 0 if it takes none."""
    hook = at(container, "lifecycle", "preStop") or {}
    found = re.search(r"\bsleep (\d+)", " ".join(at(hook, "exec", "command") or []))
    return at(hook, "sleep", "seconds") or (int(found[1]) if found else 0)


def nothing_is_root(objects: list[dict]) -> Iterator[Problem]:
    """Kubernetes' own profile ``restricted``: https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
    for one in containers(objects):
        own, pod = one.body.get("securityContext") or {}, one.pod.get("securityContext") or {}
        both = {**pod, **own}
        wanted = {
            "runAsNonRoot": both.get("runAsNonRoot") is True,
            "runAsUser": both.get("runAsUser") != 0,
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "capabilities": "ALL" in (at(own, "capabilities", "drop") or []),
            "seccompProfile": at(both, "seccompProfile", "type") in ("RuntimeDefault", "Localhost"),
            "readOnlyRootFilesystem": own.get("readOnlyRootFilesystem") is True,
        }
        for field in (field for field, good in wanted.items() if not good):
            yield one.problem(
                f"securityContext.{field}",
                "gives it rights that it does not need: see base/deployment.yaml",
            )


def what_is_mounted_is_there(objects: list[dict]) -> Iterator[Problem]:
    for one in containers(objects):
        volumes = {volume["name"] for volume in one.pod.get("volumes") or []}
        for number, mount in enumerate(one.body.get("volumeMounts") or []):
            if mount["name"] not in volumes:
                yield one.problem(f"volumeMounts[{number}].name", f"add {mount['name']} to the pod's volumes")


RULES = (
    images_are_the_courses,
    images_have_a_version,
    requests_are_within_limits,
    memory_is_enough,
    probes_are_there,
    probes_ask_what_the_server_answers,
    liveness_does_not_ask_for_a_model,
    ports_of_probes_are_open,
    it_has_time_to_end,
    nothing_is_root,
    what_is_mounted_is_there,
)
