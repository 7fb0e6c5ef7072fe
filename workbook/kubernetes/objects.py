"""What rules need to know of Kubernetes' objects: who is who, which pods an object makes, and what is wrong where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")

WITH_SPEC = (
    *WORKLOADS, "Pod", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "HTTPRoute",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field of an object, and what to do."""

    object: str
    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.object}: {self.field}: {self.what}"


def title(one: dict) -> str:
    """``"Deployment clothes"``; says so if the object has no kind or no name."""
    return f"{one.get('kind', 'object without kind')} {name_of(one)}"


def name_of(one: dict) -> str:
    return str((one.get("metadata") or {}).get("name", "without name"))


def of_kind(objects: list[dict], *kinds: str) -> Iterator[dict]:
    return (one for one in objects if one.get("kind") in kinds)


def at(one: object, *path: str | int) -> object:
    """What is at ``path``, such as ``("spec", "template")``; None if the way there breaks off."""
    for step in path:
        try:
            one = one[step]
        except (KeyError, IndexError, TypeError):
            return None
    return one


def pod_of(one: dict) -> dict:
    """The pod that a workload makes, with ``metadata`` and ``spec``; a Pod is its own. Empty if there is none."""
    if one.get("kind") == "Pod":
        return one
    if one.get("kind") == "CronJob":
        one = at(one, "spec", "jobTemplate") or {}
    elif one.get("kind") not in WORKLOADS:
        return {}
    return at(one, "spec", "template") or {}


@dataclass(frozen=True)
class Container:
    """A container of a workload: the ``owner``, the ``field`` at which it is, what is there, and its pod's ``spec``."""

    owner: dict
    field: str
    body: dict
    pod: dict

    @property
    def serves(self) -> bool:
        """Whether it runs as long as its pod; one that prepares it does not."""
        return ".initContainers" not in self.field

    def problem(self, field: str, what: str) -> Problem:
        return Problem(title(self.owner), f"{self.field}.{field}", what)


def containers(objects: list[dict]) -> Iterator[Container]:
    """Every container of every pod, those that prepare it among them, and those of KServe's predictors."""
    for one in objects:
        if one.get("kind") == "InferenceService":
            pod, place = at(one, "spec", "predictor") or {}, "spec.predictor"
        else:
            pod = pod_of(one).get("spec") or {}
            place = {"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec"}.get(
                one.get("kind"), "spec.template.spec"
            )
        for group in ("containers", "initContainers"):
            for number, body in enumerate(pod.get(group) or []):
                yield Container(one, f"{place}.{group}[{number}]", body, pod)


def labels_of_pod(one: dict) -> dict[str, str]:
    return at(pod_of(one), "metadata", "labels") or {}


def selects(selector: dict | None, labels: dict[str, str]) -> bool:
    """Whether plain ``key: value`` pairs, all of them, are among the labels. No selector selects nothing."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def holes(one: dict) -> Iterator[Problem]:
    """What the schemas let be missing or null, and neither the API server nor a rule can do without."""
    kind = one.get("kind")
    if kind in WITH_SPEC and not at(one, "spec"):
        yield Problem(title(one), "spec", "is missing or empty")
    elif (kind in WORKLOADS or kind == "Pod") and not at(pod_of(one), "spec", "containers"):
        yield Problem(title(one), "containers", "there is none: a pod has one or more")
    for path, value in leaves(one):
        if value is None and isinstance(path[-1], int):
            yield Problem(title(one), dotted(path), "is null: remove it, or write what belongs there")


def without_nulls(one: object) -> object:
    """Without the fields that are null, as the API server reads it."""
    if isinstance(one, list):
        return [without_nulls(item) for item in one]
    if isinstance(one, dict):
        return {key: without_nulls(value) for key, value in one.items() if value is not None}
    return one


def leaves(one: object, path: tuple = ()) -> Iterator[tuple[tuple, object]]:
    """Each value that holds no others, with its path of names and numbers."""
    pairs = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else None
    if pairs is None:
        yield path, one
        return
    for key, value in pairs:
        yield from leaves(value, (*path, key))


def dotted(path: tuple) -> str:
    """``("spec", "ports", 0, "port")`` as ``spec.ports[0].port``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
