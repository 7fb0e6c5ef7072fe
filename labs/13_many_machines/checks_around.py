"""The checks of lab 13 on what is around the pods: their Service, their autoscaler and their budget, each played."""

from __future__ import annotations

import math

from manifests import PODS, cluster, expect_none, share_of, told

from workbook.kubernetes import relations, values
from workbook.kubernetes.objects import at
from workbook.labs.checks.assertions import Student, check, expect

WRITE, LEAVE, LOAD = "Write down what you want", "Let it leave without losing a request", "Follow the load"
REFUSED = "the API server refuses it with `strict decoding error` or `Invalid value`, and nothing changes"
TOLERANCE = 0.1  # an autoscaler does nothing for less than a tenth
LEAST, MOST = PODS[0], PODS[-1]
CALM, MOST_CALM, MINUTE = 300, 900, 60
EVERY_POD = [{"type": "Percent", "value": 100, "periodSeconds": 15}]  # Kubernetes' own policy of scaling down


def spec_of(objects: list[dict], kind: str) -> dict:
    return next(one["spec"] for one in objects if one["kind"] == kind)


# Task 3


@check(task=3, points=1, likely=REFUSED, read=WRITE)
def test_the_api_server_takes_the_service(student: Student):
    """The API server takes the Service: fields that it knows, ports that there are"""
    objects, refused = cluster(student, 3)
    expect_none(refused, 3, "fields that Kubernetes knows, with values of their kind")
    expect_none(told((values.words, values.port_numbers), objects, "Service"), 3, "values that Kubernetes takes")


@check(
    task=3,
    points=2,
    likely="the Service has no pod behind it: every customer gets 503, and no error is shown anywhere",
    read=WRITE,
)
def test_the_service_finds_the_pods(student: Student):
    """It selects the pods of the Deployment"""
    objects = cluster(student, 3)[0]
    problems = told((relations.services_have_one_kind_of_pod,), objects, "Service")
    expect_none(problems, 3, "a selector with labels of the pods")


@check(
    task=3,
    points=2,
    likely="the Service sends requests to a port at which nobody listens: connection refused",
    read=WRITE,
)
def test_the_service_leads_to_the_port_of_the_server(student: Student):
    """Its port 80 leads to the port where the server listens"""
    objects = cluster(student, 3)[0]
    ports = spec_of(objects, "Service").get("ports") or []
    numbers = [one.get("port") for one in ports]  # None for what was refused
    found = [one.get("targetPort", 80) for one, number in zip(ports, numbers, strict=True) if number == 80]
    expect(found, "service.yaml", "the number 80 as a port", f"ports: {numbers}", fits=False)
    expect(found[0] in ("http", 8000), "service.yaml", "the targetPort http", f"{found[0]}")
    problems = told((relations.services_lead_to_open_ports,), objects, "Service")
    expect_none(problems, 3, "ports that the pods have")


@check(task=3, points=1, likely="the server can be reached around the gateway, from outside the cluster", read=WRITE)
def test_the_service_is_for_those_inside(student: Student):
    """Only those inside the cluster reach it, at one address"""
    spec = spec_of(cluster(student, 3)[0], "Service")
    expect(spec.get("ports"), "service.yaml", "a port", "no ports", fits=False)
    kind = spec.get("type", "ClusterIP")
    expect(kind == "ClusterIP", "service.yaml", "the type ClusterIP, or none", kind)
    expect(not spec.get("externalIPs"), "service.yaml", "no externalIPs", spec.get("externalIPs"))
    expect(spec.get("clusterIP") != "None", "service.yaml", "an address", "clusterIP: None, no address", fits=False)


# Task 4


def wanted_pods(spec: dict, pods: int, use: int) -> int:
    """The pods that an autoscaler wants if ``pods`` use ``use`` percent of the processor that they have asked for:
    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
    """
    asked = [1]
    for metric in spec.get("metrics") or []:
        target = at(metric, "resource", "target") or {}
        share = target.get("averageUtilization")
        if at(metric, "resource", "name") == "cpu" and target.get("type") == "Utilization" and share:
            near = abs(use / share - 1) <= TOLERANCE
            asked.append(pods if near else math.ceil(pods * use / share))
    return min(max(*asked, spec.get("minReplicas", 1)), spec.get("maxReplicas", 1)) if asked[1:] else pods


def most_that_go(rules: dict, pods: int) -> int:
    """How many of ``pods`` may go within a minute."""
    policies = rules.get("policies") or EVERY_POD
    if rules.get("selectPolicy") == "Disabled":
        return 0
    found = []
    for one in policies:
        times = MINUTE // max(1, one["periodSeconds"])
        each = one["value"] if one["type"] == "Pods" else math.ceil(pods * one["value"] / 100)
        found.append(min(pods, each * times))
    return min(found) if rules.get("selectPolicy") == "Min" else max(found)


@check(task=4, points=1, likely=REFUSED, read=LOAD)
def test_the_api_server_takes_the_autoscaler(student: Student):
    """The API server takes the autoscaler: fields that it knows, bounds in their order"""
    objects, refused = cluster(student, 4)
    expect_none(refused, 4, "fields that Kubernetes knows, with values of their kind")
    rules = (values.quantities, values.words, values.bounds_of_autoscalers)
    expect_none(told(rules, objects, "HorizontalPodAutoscaler"), 4, "values that Kubernetes takes")


@check(task=4, points=1, likely="the autoscaler finds nothing to scale, and says so where nobody looks", read=LOAD)
def test_the_autoscaler_finds_the_deployment(student: Student):
    """It scales the Deployment clothes"""
    objects = cluster(student, 4)[0]
    problems = told((relations.autoscalers_have_a_target,), objects, "HorizontalPodAutoscaler")
    expect_none(problems, 4, "the Deployment clothes")
    target = spec_of(objects, "HorizontalPodAutoscaler").get("scaleTargetRef") or {}
    got = target.get("apiVersion")
    expect(got == "apps/v1", "autoscaler.yaml", "the apiVersion apps/v1", f"{got}: no Deployment is there")


@check(
    task=4,
    points=2,
    likely="at noon there are too few pods and customers wait, or at night too many and somebody pays",
    read=LOAD,
)
def test_the_number_of_pods_follows_the_load(student: Student):
    """It wants as many pods as it takes for them to use 70 % of their processors, two at least and six at most"""
    spec = spec_of(cluster(student, 4)[0], "HorizontalPodAutoscaler")
    played = ((2, 100, 3), (3, 200, MOST), (2, 72, 2), (4, 20, LEAST), (6, 35, 3), (2, 5, LEAST))
    for pods, use, wanted in (*played, (3, 117, 6), (5, 56, 4)):  # the last two: 71 % is another target, and so is 69 %
        got = wanted_pods(spec, pods, use)
        expect(got == wanted, f"{pods} pods at {use} % of what they asked for", f"{wanted} pods", f"{got} pods")


@check(
    task=4,
    points=2,
    likely="a short calm takes pods away, and the next customers wait until they are there again",
    read=LOAD,
)
def test_pods_come_at_once_and_go_slowly(student: Student):
    """More pods come at once; for five minutes none goes, and then one in a minute"""
    behavior = spec_of(cluster(student, 4)[0], "HorizontalPodAutoscaler").get("behavior") or {}
    up, down = behavior.get("scaleUp") or {}, behavior.get("scaleDown") or {}
    calm = down.get("stabilizationWindowSeconds", CALM)
    right = CALM <= calm <= MOST_CALM
    expect(right, "autoscaler.yaml", f"{CALM} to {MOST_CALM} seconds of calm before one goes", f"{calm} seconds")
    for pods in PODS[1:]:
        got = most_that_go(down, pods)
        expect(got == 1, f"{pods} pods, after five minutes of calm", "one that goes within a minute", f"{got} that go")
    waits = up.get("stabilizationWindowSeconds", 0)
    expect(waits == 0, "autoscaler.yaml", "no wait before one comes", f"{waits} seconds", fits=False)
    slow = up.get("selectPolicy") == "Disabled"
    expect(not slow, "autoscaler.yaml", "pods that come", "scaleUp with selectPolicy Disabled", fits=False)


# Task 5


@check(task=5, points=1, likely=REFUSED, read=LEAVE)
def test_the_api_server_takes_the_budget(student: Student):
    """The API server takes the budget: fields that it knows, and one kind of limit"""
    objects, refused = cluster(student, 5)
    expect_none(refused, 5, "fields that Kubernetes knows, with values of their kind")
    problems = told((values.quantities, values.one_kind_of_budget), objects, "PodDisruptionBudget")
    expect_none(problems, 5, "one of minAvailable and maxUnavailable")


@check(task=5, points=1, likely="the budget protects no pod: when a machine is emptied, all of its pods go", read=LEAVE)
def test_the_budget_finds_the_pods(student: Student):
    """It selects the pods of the Deployment"""
    objects = cluster(student, 5)[0]
    wanted = at(spec_of(objects, "PodDisruptionBudget"), "selector", "matchLabels")
    expect(wanted, "disruption.yaml", "a selector with matchLabels", wanted or "none", fits=False)
    problems = told((relations.selectors_of_pods_select_some,), objects, "PodDisruptionBudget")
    expect_none(problems, 5, "labels of the pods")


@check(
    task=5,
    points=2,
    likely="a machine can never be emptied, or it takes more pods with it than customers can spare",
    read=LEAVE,
)
def test_one_pod_may_go_at_a_time(student: Student):
    """One pod may go at a time, whether there are two or six"""
    spec = spec_of(cluster(student, 5)[0], "PodDisruptionBudget")
    for pods in PODS:
        if "minAvailable" in spec:
            got = pods - share_of(spec["minAvailable"], pods, up=True)
        else:
            got = share_of(spec.get("maxUnavailable", 0), pods, up=True)
        expect(got == 1, f"disruption.yaml, with {pods} pods", "one that may go", f"{max(0, got)} that may go")
