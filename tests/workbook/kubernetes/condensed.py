"""Makes ``workbook/kubernetes/fields.json`` from the schemas in the layer.

``python -m tests.workbook.kubernetes.condensed`` is needed when the layer gets another version of Kubernetes; a test
compares the two.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console

from workbook.kubernetes.fields import ANYTHING, FILE
from workbook.kubernetes.schemas import VERSION
from workbook.paths import course_folder
from workbook.setup.layer import KUBERNETES, ensure

KINDS = (
    "io.k8s.api.apps.v1.DeploymentSpec",
    "io.k8s.api.core.v1.ServiceSpec",
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec",
    "io.k8s.api.policy.v1.PodDisruptionBudgetSpec",
)
SIMPLE = {"string": "text", "integer": "number", "number": "number", "boolean": "truth", "object": ANYTHING}


def schemas_of(python: Path) -> Path:
    """The file with all definitions, in the layer with this interpreter."""
    (found,) = python.parents[1].rglob(f"v{VERSION}.*-local-strict/_definitions.json")
    return found


def condensed(definitions: dict[str, dict]) -> dict[str, dict]:
    """The fields of ``KINDS`` and of all that is in them, by the last part of each kind's name."""
    found: dict[str, dict] = {}
    waiting = list(KINDS)
    while waiting:
        name = waiting.pop()
        if _short(name) in found:
            continue
        needed = definitions[name].get("required", [])
        fields = definitions[name]["properties"]
        found[_short(name)] = {
            f"{field}!" if field in needed else field: _kind_of(what, definitions, waiting)
            for field, what in fields.items()
        }
    return dict(sorted(found.items()))


def _kind_of(what: dict, definitions: dict[str, dict], waiting: list[str]) -> object:
    if "$ref" in what:
        name = what["$ref"].rpartition("/")[2]
        if "properties" in definitions[name]:
            waiting.append(name)
            return _short(name)
        return _kind_of(definitions[name], definitions, waiting)
    if "oneOf" in what:  # a quantity, a share, a port
        return "text or number"
    kind = what["type"]
    if isinstance(kind, list):
        (kind,) = (one for one in kind if one != "null")
    if kind == "array":
        return [_kind_of(what["items"], definitions, waiting)]
    if isinstance(what.get("additionalProperties"), dict):
        return {"*": _kind_of(what["additionalProperties"], definitions, waiting)}
    return SIMPLE[kind]


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def written(fields: dict[str, dict]) -> str:
    """A line for each kind, so that a difference can be read."""
    lines = (f"{json.dumps(name)}: {json.dumps(fields[name])}" for name in fields)
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    python = ensure(course_folder(), Console(), KUBERNETES)
    definitions = json.loads(schemas_of(python).read_text(encoding="utf-8"))["$defs"]
    FILE.write_text(written(condensed(definitions)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
