"""The objects that a cluster would get: the student's file of one task among the course's own files of the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

import yaml

from workbook.kubernetes.fields import sound
from workbook.kubernetes.objects import Problem, at, title
from workbook.kubernetes.overlay import laid_over
from workbook.labs.checks.assertions import Student, expect, returned
from workbook.servers.containers import SOURCE

MANIFESTS = "docker/kubernetes"
SERVER, DEPLOYMENT = "overlays/reference/server.yaml", "base/deployment.yaml"
SERVICE, AUTOSCALER, BUDGET = "base/service.yaml", "base/autoscaler.yaml", "base/disruption.yaml"
FILES = dict(enumerate((SERVER, DEPLOYMENT, SERVICE, AUTOSCALER, BUDGET), start=1))  # by task
OTHER_SERVER = "overlays/tensorflow-serving/server.yaml"  # which is laid over the same base
KINDS = {
    "Deployment": "DeploymentSpec",
    "Service": "ServiceSpec",
    "HorizontalPodAutoscaler": "HorizontalPodAutoscalerSpec",
    "PodDisruptionBudget": "PodDisruptionBudgetSpec",
}
OF = ("apiVersion", "kind")  # what kind of object it is
PODS = range(2, 7)  # as many as the autoscaler may make


def file_of(task: int) -> str:
    """The name of the student's file, as it is beside the notebook."""
    return Path(FILES[task]).name


def written(student: Student, task: int) -> dict:
    """What the student's file says, whatever it is."""
    path = f"{MANIFESTS}/{FILES[task]}"
    return returned(student, file_of(task), "a manifest", "config_files:yaml_file", path, task, kind=dict)


def cluster(student: Student, task: int, overlay: str = SERVER) -> tuple[list[dict], list[str]]:
    """The objects, the Deployment with ``overlay`` laid over it, and what the API server refuses of the student's.

    What it refuses is taken out, so that one slip does not fail every check.
    """
    specs = {file: deepcopy(_course(file)["spec"]) for file in (*FILES.values(), OTHER_SERVER)}
    given, ours = written(student, task), _course(FILES[task])
    specs[FILES[task]] = given.get("spec")
    other = [key for key in OF if given.get(key) != ours[key]]
    objects, refused = [], [f"{key} is {given.get(key)!r:.60}, and should be {ours[key]!r}" for key in other]
    for file in (DEPLOYMENT, SERVICE, AUTOSCALER, BUDGET):
        one = deepcopy(_course(file))
        one["spec"], faults = sound(specs[file], KINDS[one["kind"]])
        if file == DEPLOYMENT:
            one["spec"], more = sound(_merged(one["spec"], specs[overlay]), KINDS[one["kind"]])
            faults += more
        refused += faults
        objects.append(one)
    return [*objects, deepcopy(_course("base/network.yaml"))], refused


def deployment_of(objects: list[dict]) -> dict:
    return objects[0]


def server_of(objects: list[dict]) -> dict:
    """The container that answers; empty if there is none."""
    found = at(deployment_of(objects), "spec", "template", "spec", "containers") or []
    return next((one for one in found if one.get("name") == "server"), {})


def told(rules: tuple[Callable[[list[dict]], Iterator[Problem]], ...], objects: list[dict], kind: str) -> list[str]:
    """What the rules of ``workbook manifest`` say of the object of this kind."""
    names = {title(one) for one in objects if one["kind"] == kind}
    found = (problem for rule in rules for problem in rule(objects))
    return [f"{one.field}: {one.what}" for one in found if one.object in names]


def expect_none(problems: list[str], task: int, expected: str, fits: bool = True) -> None:
    """None of ``problems``; the first of them is shown."""
    expect(not problems, file_of(task), expected, problems[0] if problems else "", fits)


def share_of(value: object, pods: int, up: bool) -> int:
    """What a number of pods, or a share of them in percent, is of so many; -1 for what is neither."""
    text = str(value)
    if text.endswith("%") and text[:-1].isdecimal():
        exact = pods * int(text[:-1]) / 100
        return math.ceil(exact) if up else math.floor(exact)
    return value if isinstance(value, int) else -1


def _merged(base: dict, patch: object) -> object:
    """The Deployment's spec with an overlay's over it, and the image as the overlay's kustomization names it."""
    if not isinstance(patch, dict):
        return patch
    spec = laid_over(base, patch)
    for one in at(spec, "template", "spec", "containers") or []:
        if isinstance(one, dict) and one.get("image") in _images():
            one["image"] = _images()[one["image"]]
    return spec


@cache
def _images() -> dict[str, str]:
    images = _course("overlays/tensorflow-serving/kustomization.yaml")["images"]
    return {one["name"]: f"{one.get('newName', one['name'])}:{one['newTag']}" for one in images}


@cache
def _course(file: str) -> dict:
    return yaml.safe_load((SOURCE / MANIFESTS / file).read_text(encoding="utf-8"))
