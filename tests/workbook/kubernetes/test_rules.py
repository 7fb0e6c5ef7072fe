"""Each rule finds its fault, in a copy of the course's own manifests that is broken in one place, and nothing else."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.workbook.kubernetes.conftest import FOLDERS
from workbook.kubernetes.check import RULES, rule_problems
from workbook.kubernetes.containers import MEASURED, STOP_SECONDS
from workbook.kubernetes.objects import at

POD = "spec.template.spec"
SERVER = f"{POD}.containers.0"
# By rule: the folder, the object, the field, what is put there, and a part of what must be said.
REFERENCE, TENSORFLOW, CANARY = (f"overlays/{name}" for name in ("reference", "tensorflow-serving", "canary"))
DEPLOYMENT, SERVICE, ROUTE = "Deployment clothes", "Service clothes", "HTTPRoute clothes"
GONE = object()
ANOTHER = {"app": "another"}
ALL_STAY = {"minAvailable": 2, "selector": {"matchLabels": {"track": "stable"}}}
BROKEN = {
    "quantities": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.resources.limits.cpu", "500mm", "not a quantity"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.resources.requests.memory", "500m", "part of a byte"),
        (REFERENCE, DEPLOYMENT, f"{POD}.volumes.0.emptyDir.sizeLimit", "64MB", "not a quantity"),
        (REFERENCE, "PodDisruptionBudget clothes", "spec.maxUnavailable", "one", "not a number of pods"),
        (REFERENCE, "PodDisruptionBudget clothes", "spec.maxUnavailable", -1, "not a number of pods"),
        (REFERENCE, DEPLOYMENT, "spec.strategy.rollingUpdate.maxSurge", 1.5, "not a number of pods"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.livenessProbe.failureThreshold", 0, "at least 1"),
        (REFERENCE, "HorizontalPodAutoscaler clothes", "spec.minReplicas", 0, "at least 1"),
    ],
    "words": [
        (REFERENCE, DEPLOYMENT, f"{POD}.securityContext.seccompProfile.type", "Nonsense", "RuntimeDefault or"),
        (REFERENCE, "NetworkPolicy clothes", "spec.policyTypes.0", "ingress", "Ingress or Egress"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.imagePullPolicy", "Sometimes", "Always or"),
        (REFERENCE, "HorizontalPodAutoscaler clothes", "spec.metrics.0.resource.target.type", "Most", "Utilization or"),
    ],
    "names": [
        (REFERENCE, SERVICE, "metadata.name", "Clothes_1", "a letter first"),
        (REFERENCE, SERVICE, "metadata.name", "7clothes", "a letter first"),
        (REFERENCE, "PodDisruptionBudget clothes", "metadata.name", "c" * 64, "at most 63"),
    ],
    "port_numbers": [
        (REFERENCE, SERVICE, "spec.ports.0.port", 99999, "1 to 65535"),
        (REFERENCE, "NetworkPolicy clothes", "spec.ingress.0.ports.0.port", "HTTP port", "is not a port's name"),
    ],
    "bounds_of_autoscalers": [
        (REFERENCE, "HorizontalPodAutoscaler clothes", "spec.maxReplicas", 1, "less than minReplicas, 2"),
    ],
    "one_kind_of_budget": [
        (REFERENCE, "PodDisruptionBudget clothes", "spec.minAvailable", 1, "either minAvailable or"),
    ],
    "images_are_the_courses": [
        (
            REFERENCE,
            DEPLOYMENT,
            f"{SERVER}.image",
            "registry.example.com/workbook-srever:0.1.0",
            "not built in docker/",
        ),
        (TENSORFLOW, "Deployment tensorflow-clothes", f"{POD}.initContainers.0.image", "busybox:1", "not built"),
    ],
    "images_have_a_version": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.image", "registry.example.com:5000/workbook-server", "name a version"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.image", "workbook-server:latest", "name a version"),
    ],
    "requests_are_within_limits": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.resources.requests.memory", "1Gi", "more than its limit, 640Mi"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.resources.limits.cpu", GONE, "how much cpu"),
        ("kserve", "InferenceService clothes", "spec.predictor.containers.0.resources.requests.cpu", "2", "limit, 1"),
    ],
    "memory_is_enough": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.resources.limits.memory", "500Mi", "has taken 460 MB"),
        ("kserve", "InferenceService clothes", "spec.predictor.containers.0.resources.limits.memory", "400Mi", "460"),
    ],
    "probes_are_there": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.readinessProbe", GONE, "is missing"),
    ],
    "probes_ask_what_the_server_answers": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.readinessProbe.httpGet.path", "/ready", "answers no GET at /ready"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.startupProbe.httpGet.path", "/models/a/b", "answers no GET"),
        (TENSORFLOW, "Deployment tensorflow-clothes", f"{SERVER}.readinessProbe.httpGet.path", "/v1/clothes", "no GET"),
        ("kserve", "InferenceService clothes", "spec.predictor.containers.0.livenessProbe.httpGet.path", "/live", "no"),
    ],
    "liveness_does_not_ask_for_a_model": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.livenessProbe.httpGet.path", "/readyz", "ask /healthz"),
    ],
    "ports_of_probes_are_open": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.livenessProbe.httpGet.port", "web", "no port web"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.livenessProbe.httpGet.port", 8001, "no port 8001"),
    ],
    "it_has_time_to_end": [
        (REFERENCE, DEPLOYMENT, f"{SERVER}.lifecycle", GONE, "find a closed door"),
        (REFERENCE, DEPLOYMENT, f"{POD}.terminationGracePeriodSeconds", 12, "more than terminationGracePeriodSeconds"),
    ],
    "nothing_is_root": [
        (REFERENCE, DEPLOYMENT, f"{POD}.securityContext.runAsNonRoot", GONE, "runAsNonRoot: gives it rights"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.securityContext.readOnlyRootFilesystem", False, "readOnlyRootFilesystem"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.securityContext.capabilities", {"add": ["NET_ADMIN"]}, "capabilities"),
        (REFERENCE, DEPLOYMENT, f"{SERVER}.securityContext.runAsUser", 0, "runAsUser"),
        (
            TENSORFLOW,
            "Deployment tensorflow-clothes",
            f"{POD}.initContainers.0.securityContext",
            GONE,
            "initContainers",
        ),
    ],
    "what_is_mounted_is_there": [
        (REFERENCE, DEPLOYMENT, f"{POD}.volumes.0.name", "temp", "add tmp to the pod's volumes"),
    ],
    "selectors_meet_their_own_pods": [
        (REFERENCE, DEPLOYMENT, "spec.selector.matchLabels", ANOTHER, "spec.template.metadata.labels"),
    ],
    "stable_and_canary_are_apart": [
        (CANARY, DEPLOYMENT, "spec.selector.matchLabels.track", GONE, "selects the pods of Deployment clothes-canary"),
    ],
    "services_have_one_kind_of_pod": [
        (CANARY, SERVICE, "spec.selector.track", GONE, "Deployment clothes and Deployment clothes-canary"),
        (REFERENCE, SERVICE, "spec.selector", ANOTHER, "no pod at all"),
    ],
    "services_lead_to_open_ports": [
        (REFERENCE, SERVICE, "spec.ports.0.targetPort", 8080, "has port 8080: it has 8000, http"),
        (REFERENCE, SERVICE, "spec.ports.0.targetPort", GONE, "has port 80"),
    ],
    "policies_open_ports_that_are_there": [
        (REFERENCE, "NetworkPolicy clothes", "spec.ingress.0.ports.0.port", 80, "has no port 80"),
    ],
    "selectors_of_pods_select_some": [
        (REFERENCE, "NetworkPolicy clothes", "spec.podSelector.matchLabels", ANOTHER, "select no pod"),
        (REFERENCE, "PodDisruptionBudget clothes", "spec.selector.matchLabels", ANOTHER, "select no pod"),
    ],
    "budgets_let_one_go": [
        (REFERENCE, "PodDisruptionBudget clothes", "spec.maxUnavailable", 0, "none of 2 pods"),
        (REFERENCE, "PodDisruptionBudget clothes", "spec", ALL_STAY, "none of 2 pods"),
    ],
    "autoscalers_have_a_target": [
        (REFERENCE, "HorizontalPodAutoscaler clothes", "spec.scaleTargetRef.name", "cloths", "there is no cloths"),
    ],
    "who_is_scaled_has_no_number": [
        (REFERENCE, DEPLOYMENT, "spec.replicas", 2, "HorizontalPodAutoscaler clothes sets it"),
    ],
    "routes_lead_somewhere": [
        (CANARY, ROUTE, "spec.rules.0.backendRefs.0.name", "clothes-new", "no Service clothes-new has port 80"),
        (CANARY, ROUTE, "spec.rules.1.backendRefs.0.port", 8000, "no Service clothes has port 8000"),
    ],
    "some_share_is_left": [
        (CANARY, ROUTE, "spec.rules.0.backendRefs.0.weight", 0, "all weights are 0"),
    ],
    "a_canary_is_a_canary": [
        (CANARY, ROUTE, "spec.rules.1.backendRefs.1.name", "clothes", "track stable, stable"),
    ],
    "kserve_canaries_have_knative": [
        ("kserve", "InferenceService clothes", "spec.predictor.canaryTrafficPercent", 5, "nothing in mode Standard"),
    ],
    "what_a_pod_mounts_is_applied_with_it": [
        (
            TENSORFLOW,
            "Deployment tensorflow-clothes",
            f"{POD}.volumes.1.configMap.name",
            "x",
            "there is no ConfigMap x",
        ),
        (TENSORFLOW, "Deployment tensorflow-clothes", "metadata.namespace", "shop", "in namespace shop: the pod would"),
        (REFERENCE, DEPLOYMENT, f"{POD}.volumes.0.secret", {"secretName": "x"}, "there is no Secret x"),
    ],
}
# Where one fault is two: a port that cannot be is also not there, a wrong word is not the right one,
# and a Service that selects both is no canary's.
ALSO = {
    "port_numbers": {"policies_open_ports_that_are_there"},
    "words": {"nothing_is_root"},
    "services_have_one_kind_of_pod": {"a_canary_is_a_canary"},
}


def put(one: dict, field: str, value: object) -> None:
    """Set a field such as ``spec.ports.0.port``, or take it away."""
    *way, last = [int(step) if step.isdecimal() else step for step in field.split(".")]
    holder = at(one, *way)
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value


def found_by(objects: list[dict]) -> dict[str, list[str]]:
    """What each rule says that says something."""
    said = {rule.__name__: [str(problem) for problem in rule(objects)] for rule in RULES}
    return {name: problems for name, problems in said.items() if problems}


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_courses_manifests_break_no_rule(built, folder):
    assert rule_problems(built[folder]) == []


@pytest.mark.parametrize(
    ("rule", "folder", "who", "field", "value", "said"), [(rule, *case) for rule in BROKEN for case in BROKEN[rule]]
)
def test_a_rule_finds_its_fault_and_says_where(fresh, rule, folder, who, field, value, said):  # noqa: PLR0913, PLR0917
    kind, name = who.split()
    (one,) = (one for one in fresh[folder] if (one["kind"], one["metadata"]["name"]) == (kind, name))
    put(one, field, value)
    found = found_by(fresh[folder])
    assert rule in found and found.keys() - {rule} <= ALSO.get(rule, set())
    assert said in found[rule][0] and found[rule][0].startswith(f"{kind} ")


@pytest.mark.parametrize(
    ("kind", "field", "value", "said"),
    [
        ("Service", "spec", GONE, "spec: is missing or empty"),
        ("NetworkPolicy", "spec", None, "spec: is missing or empty"),
        ("Deployment", f"{POD}.containers", [], "containers: there is none"),
        ("Deployment", f"{SERVER}.volumeMounts.0", None, f"{POD}.containers[0].volumeMounts[0]: is null"),
        ("Deployment", f"{SERVER}.lifecycle.preStop.exec.command.0", None, "command[0]: is null"),
    ],
)
def test_what_the_schemas_let_be_missing_is_said(fresh, kind, field, value, said):
    put(next(one for one in fresh[REFERENCE] if one["kind"] == kind), field, value)
    (problem,) = rule_problems(fresh[REFERENCE])
    assert said in str(problem)


def test_a_field_that_is_null_is_as_if_it_were_not_there(fresh):
    objects = fresh[REFERENCE]
    put(next(one for one in objects if one["kind"] == "Deployment"), f"{POD}.terminationGracePeriodSeconds", None)
    put(next(one for one in objects if one["kind"] == "HorizontalPodAutoscaler"), "spec.minReplicas", None)
    assert rule_problems(objects) == []


def test_the_pod_of_a_cron_job_is_looked_at(fresh):
    deployment = next(one for one in fresh[REFERENCE] if one["kind"] == "Deployment")
    put(deployment, f"{SERVER}.securityContext.readOnlyRootFilesystem", False)
    pod = {"template": deployment["spec"]["template"]}
    job = {"kind": "CronJob", "metadata": {"name": "a"}, "spec": {"jobTemplate": {"spec": pod}}}
    (problem,) = rule_problems([job])
    assert problem.field == f"spec.jobTemplate.{POD}.containers[0].securityContext.readOnlyRootFilesystem"


def test_an_object_that_is_there_twice_is_found(fresh):
    objects = fresh[REFERENCE]
    budget = next(one for one in objects if one["kind"] == "PodDisruptionBudget")
    assert list(found_by([*objects, budget])) == ["no_object_twice"]


def test_every_rule_is_proved():
    assert {rule.__name__ for rule in RULES} == {*BROKEN, "no_object_twice"}


def test_what_the_rules_know_is_what_the_course_says_elsewhere():
    """The memory that was measured, how long a server takes to stop, and a file that Kustomize reads only beside it."""
    bench = " ".join((ROOT / "docs" / "bench.md").read_text(encoding="utf-8").split())
    assert f"never took more than {MEASURED['workbook-server']} MB" in bench
    workers = (ROOT / "server" / "production" / "workers.py").read_text(encoding="utf-8")
    assert f"\nSTOP_SECONDS = {STOP_SECONDS}\n" in workers
    copy = ROOT / "docker" / "kubernetes" / "overlays" / "tensorflow-serving" / "monitoring.txt"
    assert copy.read_bytes() == (ROOT / "docker" / "monitoring.txt").read_bytes()
