"""Each object against the schema of its kind: Kubernetes' own by kubernetes-validate, the others by their definitions.

A kind that is not Kubernetes' own comes to a cluster as a CustomResourceDefinition, which has its schema. Three are in
``definitions/``; where they are from is said there. What Kubernetes adds to JSON Schema is turned into it.
"""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from workbook.errors import UserError
from workbook.kubernetes.objects import Problem, dotted, title

VERSION = "1.37"
DEFINITIONS = Path(__file__).with_name("definitions")


def schema_problems(objects: list[dict], python: Path) -> list[list[Problem]]:
    """What the schemas refuse, for each object. ``python`` is the interpreter of the layer ``KUBERNETES``.

    An object for whose kind and version there is no schema is a problem: the version is gone, or misspelled.
    """
    return [_told(one, found) for one, found in zip(objects, _strictly(objects, python), strict=True)]


def _told(one: dict, found: list | None) -> list[Problem]:
    if found is None:
        return []
    field, what = found
    return list(_by_definition(one)) if field is None else [Problem(title(one), field or "the object", what)]


def _strictly(objects: list[dict], python: Path) -> list:
    command = [python, "-m", "workbook.kubernetes.strict", VERSION]
    done = subprocess.run(command, input=json.dumps(objects), capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"kubernetes-validate: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def _by_definition(one: dict) -> Iterator[Problem]:
    validator = validators().get((one.get("apiVersion"), one.get("kind")))
    if validator is None:
        what = f"Kubernetes {VERSION} has no {one.get('kind')} of {one.get('apiVersion')}: is there a newer one?"
        yield Problem(title(one), "apiVersion", what)
        return
    for error in validator.iter_errors(one):
        yield Problem(title(one), dotted(tuple(error.absolute_path)) or "the object", error.message[:200])


@cache
def validators() -> dict[tuple[str, str], jsonschema.Draft202012Validator]:
    """A validator for each apiVersion and kind in ``definitions/``."""
    found = {}
    for file in sorted(DEFINITIONS.glob("*.yaml.gz")):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where it was built: ten times as fast
        for definition in filter(None, yaml.load_all(gzip.decompress(file.read_bytes()), loader)):
            group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
            for version in definition["spec"]["versions"]:
                schema = _strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
                found[f"{group}/{version['name']}", kind] = jsonschema.Draft202012Validator(schema)
    return found


def _strict(schema: dict) -> dict:
    """Kubernetes' dialect as JSON Schema, with unknown fields refused:
    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    """
    closed = not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema
    if "properties" in schema and closed:
        schema["additionalProperties"] = False
    if schema.pop("nullable", False) and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if schema.get("x-kubernetes-int-or-string"):
        schema.pop("type", None)
    for child in schema.get("properties", {}).values():
        _strict(child)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            _strict(schema[key])
    return schema
