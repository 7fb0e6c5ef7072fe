"""One manifest laid over another, as Kustomize does it with a patch: by name, where a list has things with names.

For what is checked without kubectl, such as a lab. It is the part of a strategic merge that the course's overlays use:
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
"""

from __future__ import annotations

from collections.abc import Mapping

# By which field two things in a list of this name are the same; a list of any other name is replaced.
SAME = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
    "topologySpreadConstraints": "topologyKey",
}


def laid_over(base: dict, patch: Mapping) -> dict:
    """``base`` with what ``patch`` says; what is null in it is taken away. Neither is changed."""
    found = dict(base)
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            below = found.get(name)
            found[name] = laid_over(below if isinstance(below, dict) else {}, value)
        elif name in SAME and isinstance(value, list) and isinstance(found.get(name), list):
            found[name] = _joined(found[name], value, SAME[name])
        else:
            found[name] = _without_nulls(value)
    return found


def _joined(below: list, above: list, key: str) -> list:
    """The things of both lists; of two that are the same, one laid over the other."""
    found = [one for one in below if isinstance(one, dict)]
    for one in above:
        if not isinstance(one, dict):
            found.append(one)
            continue
        same = next((number for number, other in enumerate(found) if _name(other, key) == one.get(key)), None)
        if same is None or one.get(key) is None:
            found.append(laid_over({}, one))
        else:
            found[same] = laid_over(found[same], one)
    return found


def _name(one: object, key: str) -> object:
    return one.get(key) if isinstance(one, dict) else None


def _without_nulls(value: object) -> object:
    return [laid_over({}, one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
