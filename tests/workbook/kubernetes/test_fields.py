"""What the API server refuses at sight, found without its schemas; and one manifest over another, without kubectl."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.workbook.kubernetes.condensed import condensed, schemas_of, written
from tests.workbook.kubernetes.conftest import MANIFESTS
from workbook.kubernetes.fields import FILE, sound
from workbook.kubernetes.objects import at
from workbook.kubernetes.overlay import laid_over

CONTAINERS = ("spec", "template", "spec", "containers")
LABELS = {"app.kubernetes.io/name", "track"}  # that the overlays' kustomizations add everywhere
OVERLAYS = ["overlays/reference", "overlays/tensorflow-serving"]


def pods(**more: object) -> dict:
    """The spec of a Deployment with one container, which has ``more``."""
    return {
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"spec": {"containers": [{"name": "server", **more}]}},
    }


def read(file: str) -> dict:
    return yaml.safe_load((MANIFESTS / file).read_text(encoding="utf-8"))


def test_the_fields_are_those_of_the_layers_schemas(kubernetes_tools):
    definitions = json.loads(schemas_of(kubernetes_tools).read_text(encoding="utf-8"))["$defs"]
    assert written(condensed(definitions)) == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "left", "told"),
    [
        (pods(image="x", ports=[{"containerPort": 80}]), pods(image="x", ports=[{"containerPort": 80}]), None),
        (pods(imagge="x"), pods(), "spec.template.spec.containers[0].imagge is a field that it does not know"),
        (pods(args="--workers 2"), pods(), 'args is "--workers 2", and should be a list'),
        (pods(args=["--workers", 2]), pods(args=["--workers"]), "args[1] is 2, and should be text"),
        (pods(stdin="yes"), pods(), 'stdin is "yes", and should be truth'),
        (pods(ports=[{"name": "http"}]), pods(ports=[]), "ports[0].containerPort is missing"),
        (pods(ports=[{"containerPort": True}]), pods(ports=[{}]), "containerPort is true, and should be number"),
        (pods(ports=[{"containerPort": 2**70}]), pods(ports=[{}]), "and should be number"),
        (pods(resources={"limits": {"cpu": 1}}), pods(resources={"limits": {"cpu": 1}}), None),
        (pods(resources=[1]), pods(), "resources is [1], and should have fields of its own"),
        (pods(command=["x" * 5000]), pods(command=[]), "and should be text"),
        (pods(lifecycle=None), pods(), None),
        ({"replicas": 1}, {"replicas": 1}, "spec.selector is missing"),
        ("none", {}, "spec is"),
    ],
)
def test_what_is_refused_is_told_and_taken_out(given, left, told):
    found, refused = sound(given, "DeploymentSpec")
    assert found == left
    assert (told is None) == (refused == [])
    assert told is None or told in refused[0]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["template", "spec", "containers", "name", "ports", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(values)
def test_whatever_it_gets_it_raises_nothing_and_what_is_left_is_sound(value):
    left, _ = sound(value, "DeploymentSpec")
    again, refused = sound(left, "DeploymentSpec")
    assert again == left
    assert all("is missing" in one for one in refused)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_laid_over_is_what_kubectl_builds(built, overlay):
    (theirs,) = (one for one in built[overlay] if one["kind"] == "Deployment")
    ours = laid_over(read("base/deployment.yaml")["spec"], read(f"{overlay}/server.yaml")["spec"])
    assert without_additions(ours) == without_additions(theirs["spec"])


def test_of_two_lists_without_names_the_upper_one_stays():
    base = {"args": ["a", "b"], "env": [{"name": "A", "value": "1"}], "kept": 1}
    patch = {"args": ["c"], "env": [{"name": "B"}, {"name": "A", "value": "2"}], "new": {"x": None, "y": 1}}
    found = laid_over(base, patch)
    env = [{"name": "A", "value": "2"}, {"name": "B"}]
    assert found == {"args": ["c"], "env": env, "kept": 1, "new": {"y": 1}}
    assert base["env"] == [{"name": "A", "value": "1"}]


def without_additions(spec: dict) -> object:
    """A spec without what a kustomization adds, and with its lists in one order."""
    if isinstance(spec, dict):
        return {key: without_additions(one) for key, one in spec.items() if key not in LABELS | {"image"}}
    if isinstance(spec, list):
        return sorted(map(without_additions, spec), key=lambda one: json.dumps(one, sort_keys=True))
    return re.sub(r"^(tensorflow-)?monitoring-\w{10}$", "monitoring", spec) if isinstance(spec, str) else spec


def test_the_containers_are_those_that_the_overlay_names():
    ours = laid_over(read("base/deployment.yaml"), read("overlays/reference/server.yaml"))
    assert [one["name"] for one in at(ours, *CONTAINERS)] == ["server"]
    assert "sleep" not in at(ours, *CONTAINERS, 0, "lifecycle", "preStop")
