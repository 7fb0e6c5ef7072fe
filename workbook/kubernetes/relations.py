"""Rules on what objects say of each other: names and labels that must meet. The API server checks almost none of it."""

from __future__ import annotations

from collections.abc import Iterator

from workbook.kubernetes.containers import open_ports
from workbook.kubernetes.objects import Problem, at, labels_of_pod, name_of, of_kind, pod_of, selects, title


def selectors_meet_their_own_pods(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "Deployment", "StatefulSet", "DaemonSet"):
        if not selects(at(one, "spec", "selector", "matchLabels"), labels_of_pod(one)):
            yield Problem(
                title(one),
                "spec.selector.matchLabels",
                "add these to spec.template.metadata.labels",
            )


def stable_and_canary_are_apart(objects: list[dict]) -> Iterator[Problem]:
    deployments = list(of_kind(objects, "Deployment"))
    for one in deployments:
        for other in deployments:
            if one is not other and selects(at(one, "spec", "selector", "matchLabels"), labels_of_pod(other)):
                yield Problem(
                    title(one), "spec.selector.matchLabels",
                    f"also selects the pods of {title(other)}: give each a label of its own, such as track: canary",
                )  # fmt: skip


def services_have_one_kind_of_pod(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "Service"):
        behind = _behind(one["spec"].get("selector"), objects)
        if len(behind) != 1:
            found = " and ".join(title(other) for other in behind) or "no pod at all"
            yield Problem(title(one), "spec.selector", f"selects {found}: it should be the pods of one Deployment")


def services_lead_to_open_ports(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "Service"):
        for other in _behind(one["spec"].get("selector"), objects):
            for number, port in enumerate(one["spec"].get("ports") or []):
                wanted = port.get("targetPort", port["port"])
                if wanted not in _ports(other):
                    yield Problem(
                        title(one), f"spec.ports[{number}].targetPort",
                        f"no container of {title(other)} has port {wanted}: it has {_listed(_ports(other))}",
                    )  # fmt: skip


def policies_open_ports_that_are_there(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "NetworkPolicy"):
        behind = _behind(at(one, "spec", "podSelector", "matchLabels"), objects)
        for rule, ingress in enumerate(one["spec"].get("ingress") or []):
            for number, port in enumerate(ingress.get("ports") or []):
                for other in behind:
                    if "port" in port and port["port"] not in _ports(other):
                        yield Problem(
                            title(one), f"spec.ingress[{rule}].ports[{number}].port",
                            f"{title(other)} has no port {port['port']}: it has {_listed(_ports(other))}",
                        )  # fmt: skip


def selectors_of_pods_select_some(objects: list[dict]) -> Iterator[Problem]:
    fields = {"NetworkPolicy": "podSelector", "PodDisruptionBudget": "selector"}
    for one in of_kind(objects, *fields):
        field = fields[one["kind"]]
        wanted = at(one, "spec", field, "matchLabels")
        if wanted and not _behind(wanted, objects):
            yield Problem(
                title(one),
                f"spec.{field}.matchLabels",
                "select no pod: write a Deployment's labels",
            )


def budgets_let_one_go(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "PodDisruptionBudget"):
        wanted = at(one, "spec", "selector", "matchLabels")
        for other in _behind(wanted, objects):
            least = _least_pods(other, objects)
            if one["spec"].get("maxUnavailable") in (0, "0%") or _is_all(one["spec"].get("minAvailable"), least):
                yield Problem(title(one), "spec", f"none of {least} pods may ever go: leave room for one")


def autoscalers_have_a_target(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "HorizontalPodAutoscaler"):
        if not _scaled(one, objects):
            wanted = at(one, "spec", "scaleTargetRef", "name")
            yield Problem(title(one), "spec.scaleTargetRef.name", f"there is no {wanted}: name a Deployment")


def who_is_scaled_has_no_number(objects: list[dict]) -> Iterator[Problem]:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        for one in _scaled(scaler, objects):
            if "replicas" in one["spec"]:
                yield Problem(
                    title(one),
                    "spec.replicas",
                    f"leave it out: {title(scaler)} sets it",
                )


def routes_lead_somewhere(objects: list[dict]) -> Iterator[Problem]:
    services = {
        name_of(one): {port["port"] for port in one["spec"].get("ports") or []} for one in of_kind(objects, "Service")
    }
    for one in of_kind(objects, "HTTPRoute"):
        for rule, number, backend in _backends(one):
            if backend.get("port") not in services.get(backend["name"], ()):
                yield Problem(
                    title(one), f"spec.rules[{rule}].backendRefs[{number}]",
                    f"no Service {backend['name']} has port {backend.get('port')}: there is {_listed(services)}",
                )  # fmt: skip


def some_share_is_left(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "HTTPRoute"):
        for rule, entry in enumerate(one["spec"].get("rules") or []):
            weights = [backend.get("weight", 1) for backend in entry.get("backendRefs") or []]
            if weights and not sum(weights):
                yield Problem(
                    title(one),
                    f"spec.rules[{rule}].backendRefs",
                    "all weights are 0: one must not be",
                )


def a_canary_is_a_canary(objects: list[dict]) -> Iterator[Problem]:
    """The new one gets the small share: a Service whose pods have ``track: canary`` gets less than the others."""
    tracks = {name_of(one): at(one, "spec", "selector", "track") for one in of_kind(objects, "Service")}
    for one in of_kind(objects, "HTTPRoute"):
        for rule, entry in enumerate(one["spec"].get("rules") or []):
            backends = entry.get("backendRefs") or []
            found = [tracks.get(backend["name"]) for backend in backends]
            if len(backends) > 1 and sorted(map(str, found)) != ["canary", "stable"]:
                yield Problem(
                    title(one), f"spec.rules[{rule}].backendRefs",
                    f"its Services select track {_listed(map(str, found))}: they should select stable and canary",
                )  # fmt: skip


def kserve_canaries_have_knative(objects: list[dict]) -> Iterator[Problem]:
    """https://kserve.github.io/website/docs/model-serving/predictive-inference/rollout-strategies/canary"""
    for one in of_kind(objects, "InferenceService"):
        mode = at(one, "metadata", "annotations", "serving.kserve.io/deploymentMode")
        if mode in ("Standard", "RawDeployment") and at(one, "spec", "predictor", "canaryTrafficPercent") is not None:
            yield Problem(
                title(one),
                "spec.predictor.canaryTrafficPercent",
                f"does nothing in mode {mode}",
            )


def what_a_pod_mounts_is_applied_with_it(objects: list[dict]) -> Iterator[Problem]:
    """Kustomize gives a generated ConfigMap another name, and a reference the same only in the same namespace."""
    there = {(one["kind"], name_of(one), at(one, "metadata", "namespace")) for one in objects}
    for one in objects:
        for number, volume in enumerate(at(pod_of(one), "spec", "volumes") or []):
            for kind, field, key in (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")):
                wanted = at(volume, field, key)
                space = at(one, "metadata", "namespace")
                if wanted and not at(volume, field, "optional") and (kind, wanted, space) not in there:
                    yield Problem(
                        title(one), f"spec.template.spec.volumes[{number}].{field}.{key}",
                        f"there is no {kind} {wanted} in namespace {space or 'default'}: the pod would wait for it",
                    )  # fmt: skip


def _behind(selector: dict | None, objects: list[dict]) -> list[dict]:
    return [one for one in objects if pod_of(one) and selects(selector, labels_of_pod(one))]


def _ports(one: dict) -> set[str | int]:
    return {port for container in at(pod_of(one), "spec", "containers") or [] for port in open_ports(container)}


def _scaled(scaler: dict, objects: list[dict]) -> list[dict]:
    target = scaler["spec"].get("scaleTargetRef") or {}
    return [one for one in of_kind(objects, str(target.get("kind"))) if name_of(one) == target.get("name")]


def _least_pods(one: dict, objects: list[dict]) -> int:
    scalers = [scaler for scaler in of_kind(objects, "HorizontalPodAutoscaler") if one in _scaled(scaler, objects)]
    return scalers[0]["spec"].get("minReplicas", 1) if scalers else one["spec"].get("replicas", 1)


def _is_all(available: object, pods: int) -> bool:
    return available == "100%" or (isinstance(available, int) and available >= pods)


def _backends(route: dict) -> Iterator[tuple[int, int, dict]]:
    for rule, entry in enumerate(route["spec"].get("rules") or []):
        for number, backend in enumerate(entry.get("backendRefs") or []):
            yield rule, number, backend


def _listed(things: object) -> str:
    return ", ".join(sorted(map(str, things))) or "none"


RULES = (
    selectors_meet_their_own_pods,
    stable_and_canary_are_apart,
    services_have_one_kind_of_pod,
    services_lead_to_open_ports,
    policies_open_ports_that_are_there,
    selectors_of_pods_select_some,
    budgets_let_one_go,
    autoscalers_have_a_target,
    who_is_scaled_has_no_number,
    routes_lead_somewhere,
    some_share_is_left,
    a_canary_is_a_canary,
    kserve_canaries_have_knative,
    what_a_pod_mounts_is_applied_with_it,
)
