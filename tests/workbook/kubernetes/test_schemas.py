"""What the schemas find, and what is said where there is none; and the command, as it is typed."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.conftest import ROOT
from tests.workbook.kubernetes.conftest import FOLDERS
from tests.workbook.kubernetes.test_rules import CANARY, GONE, REFERENCE, SERVER, put
from tests.workbook.test_cli import one_line_error, workbook
from workbook.errors import UserError
from workbook.kubernetes.build import parse
from workbook.kubernetes.schemas import schema_problems

# The folder, the kind, the field, what is put there, and a part of what must be said.
BROKEN = [
    (REFERENCE, "Deployment", f"{SERVER}.redinessProbe", {}, "redinessProbe"),
    (REFERENCE, "Deployment", "spec.selector", GONE, "selector"),
    (REFERENCE, "HorizontalPodAutoscaler", "spec.maxReplicas", "many", "many"),
    (REFERENCE, "HorizontalPodAutoscaler", "apiVersion", "autoscaling/v2beta2", "apiVersion: Kubernetes 1.37 has no"),
    (REFERENCE, "PodDisruptionBudget", "apiVersion", "policy/v1beta1", "has no PodDisruptionBudget of policy/v1beta1"),
    (REFERENCE, "Service", "kind", "Services", "has no Services of v1"),
    (CANARY, "HTTPRoute", "spec.rules.1.backendRefs.0.weights", 5, "weights"),
    (CANARY, "HTTPRoute", "spec.rules.1.backendRefs.0.weight", "5", "spec.rules[1].backendRefs[0].weight: '5'"),
    (CANARY, "HTTPRoute", "spec.rules.1.matches.0.path.type", "Prefix", "'Prefix' is not one of"),
    ("cluster", "Gateway", "spec.gatewayClassName", GONE, "gatewayClassName"),
    ("kserve", "InferenceService", "spec.predictor.canaryTraficPercent", 5, "canaryTraficPercent"),
    ("kserve", "InferenceService", "spec.predictor.maxReplicas", "many", "many"),
    ("kserve", "InferenceService", "spec.predictor.containers.0.imagePulPolicy", "Always", "imagePulPolicy"),
    ("kserve", "InferenceService", "apiVersion", "serving.kserve.io/v1alpha9", "has no InferenceService of"),
]


@pytest.fixture(scope="module")
def refused(built, kubernetes_tools) -> list:
    """What is said of each of ``BROKEN`` and, last, the problems of the course's own objects: all in one call."""
    broken = []
    for folder, kind, field, value, _ in BROKEN:
        one = deepcopy(next(one for one in built[folder] if one["kind"] == kind))
        put(one, field, value)
        broken.append(one)
    told = schema_problems([*broken, *(one for folder in FOLDERS for one in built[folder])], kubernetes_tools)
    return [*(" ".join(map(str, problems)) for problems in told[: len(BROKEN)]), told[len(BROKEN) :]]


def test_the_courses_manifests_are_as_their_schemas_say(refused):
    assert len(refused[-1]) > 20 and not any(refused[-1])


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_a_schema_finds_the_fault_and_no_schema_is_one(refused, number):
    assert BROKEN[number][-1] in refused[number]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is not YAML"),
        ("just words", "an object needs"),
        ("kind: Pod\nmetadata: {name: a}", "an object needs"),
        ("kind: Pod\napiVersion: v1\nmetadata: []", "an object needs"),
        ("# nothing", "no object in it"),
        ("kind: [a]\napiVersion: v1\nmetadata: {name: a}", "an object needs"),
        ("kind: Pod\nkind: Pod", "is not YAML: line 2: kind is there twice"),
        ("a: &a\n  b: *a", "more than 100,000 values"),
        ("[" * 2000, "is not YAML: maximum recursion depth"),
    ],
)
def test_what_is_no_manifest_is_one_line(tmp_path, text, said):
    with pytest.raises(UserError, match=said) as caught:
        parse(text, tmp_path / "a.yaml")
    assert "\n" not in str(caught.value)


def test_a_day_is_a_text_and_a_list_is_its_items(tmp_path):
    service = "kind: Service\n  apiVersion: v1\n  metadata: {name: a, annotations: {day: 2026-01-01}}\n"
    (one,) = parse(f"kind: List\napiVersion: v1\nitems:\n- {service}", tmp_path / "a.yaml")
    assert (one["kind"], one["metadata"]["annotations"]["day"]) == ("Service", "2026-01-01")


def test_the_command_names_each_problem_in_a_line_and_fails(kubernetes_tools, tmp_path):
    text = (ROOT / "docker" / "kubernetes" / "base" / "service.yaml").read_text(encoding="utf-8")
    (tmp_path / "service.yaml").write_text(text.replace("port: 80,", "port: 99999,"), encoding="utf-8")
    result = workbook("manifest", str(tmp_path / "service.yaml"), str(ROOT / "docker" / "kubernetes" / "cluster"))
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Service clothes: spec.ports[0].port: 99999 is not a port" in result.stdout
    assert "service.yaml: objects: 1; problems: 2" in result.stdout
    assert "cluster: objects: 3; problems: 0" in result.stdout


def test_the_command_cannot_build_what_is_not_there(kubernetes_tools, tmp_path):
    assert "has no kustomization.yaml" in one_line_error(workbook("manifest", str(tmp_path)))
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n", encoding="utf-8")
    assert "missing.yaml" in one_line_error(workbook("manifest", str(tmp_path)))
    assert "cannot be read" in one_line_error(workbook("manifest", str(tmp_path / "none.yaml")))
