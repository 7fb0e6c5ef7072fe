"""What ``workbook diff 13`` compares: what a cluster would get, and what two clouds' requests are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from checks import seconds_of
from checks_around import most_that_go, spec_of, wanted_pods
from endpoint import Endpoint, endpoint
from manifests import cluster, deployment_of, server_of

from workbook.bench.question import trousers
from workbook.contracts.google import HEALTH, PREDICT
from workbook.kubernetes.containers import PROBES, rest_before_the_signal
from workbook.kubernetes.objects import at, labels_of_pod
from workbook.labs.checks.assertions import Student

POD = ("spec", "template", "spec")
SERVER: dict[str, Callable[[dict], object]] = {
    "image": lambda one: one.get("image"),
    "arguments": lambda one: one.get("args"),
    "ports": lambda one: one.get("ports"),
    "resources": lambda one: one.get("resources"),
    "before SIGTERM": lambda one: at(one, "lifecycle", "preStop"),
    "paths of probes": lambda one: [at(one, probe, "httpGet", "path") for probe in PROBES],
    "seconds of probes": lambda one: [seconds_of(one.get(probe) or {}) for probe in PROBES],
}
PODS: dict[str, Callable[[list[dict]], object]] = {
    "rollout": lambda objects: at(deployment_of(objects), "spec", "strategy"),
    "how many": lambda objects: at(deployment_of(objects), "spec", "replicas"),
    "labels": lambda objects: labels_of_pod(deployment_of(objects)),
    "seconds to leave": lambda objects: at(deployment_of(objects), *POD, "terminationGracePeriodSeconds"),
    "rights of the pod": lambda objects: at(deployment_of(objects), *POD, "securityContext"),
    "rights of the container": lambda objects: server_of(objects).get("securityContext"),
    "volumes": lambda objects: at(deployment_of(objects), *POD, "volumes"),
}
AROUND: dict[str, tuple[int, Callable[[list[dict]], object]]] = {
    "service": (3, lambda objects: spec_of(objects, "Service")),
    "autoscaler: wanted at 20, 72, 100 and 300 %": (
        4,
        lambda objects: [
            wanted_pods(spec_of(objects, "HorizontalPodAutoscaler"), 3, use) for use in (20, 72, 100, 300)
        ],
    ),
    "autoscaler: of 6 pods, how many go in a minute": (
        4,
        lambda objects: most_that_go(at(spec_of(objects, "HorizontalPodAutoscaler"), "behavior", "scaleDown") or {}, 6),
    ),
    "budget": (5, lambda objects: spec_of(objects, "PodDisruptionBudget")),
}


def behavior(student: Student) -> Iterator[tuple[str, Callable]]:
    """A name for each fact or request, and a call that finds what comes of it."""
    for name, fact in SERVER.items():
        yield f"server: {name}", partial(_of_cluster, student, 1, lambda objects, fact=fact: fact(server_of(objects)))
    for name, fact in PODS.items():
        yield f"pods: {name}", partial(_of_cluster, student, 2, fact)
    yield (
        "pods: rest before SIGTERM",
        partial(_of_cluster, student, 2, lambda found: rest_before_the_signal(server_of(found))),
    )
    for name, (task, fact) in AROUND.items():
        yield name, partial(_of_cluster, student, task, fact)
    image = {"image": trousers()}
    for models in ("clothes", "none"):
        for cloud, path in (("sagemaker", "/ping"), ("google", HEALTH)):
            yield (
                f"{cloud}: health; models: {models}",
                partial(_answered, endpoint(student, cloud, models), "GET", path),
            )
    amazon, google = endpoint(student, "sagemaker"), endpoint(student, "google")
    for name, body in (("an image", image), ("nothing", {})):
        yield f"sagemaker: {name}", partial(_answered, amazon, "POST", "/invocations", json=body)
    for name, body in (("rows and an object", {"instances": [image["image"], image]}), ("nothing", {})):
        yield f"google: {name}", partial(_answered, google, "POST", PREDICT, json=body)


def _of_cluster(student: Student, task: int, fact: Callable[[list[dict]], object]) -> object:
    return fact(cluster(student, task)[0])


def _answered(one: Endpoint, method: str, path: str, **options: object) -> str:
    answer = one.ask(method, one.routes.get(path, path), **options)
    return f"{answer.status_code} {answer.text.strip()}"
