"""Rules on single values that the published schemas leave open, and the API server refuses: the first seven rules.

The contracts are Kubernetes' own: https://kubernetes.io/docs/reference/kubernetes-api/ for each object, and
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ for names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from workbook.kubernetes.objects import Problem, dotted, leaves, name_of, of_kind, title

QUANTITY = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+|)")
DECIMAL = {suffix: Decimal(1000) ** power for power, suffix in enumerate("num kMGTPE", start=-3) if suffix != " "}
BINARY = {f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)}
SHARE = re.compile(r"\d+%")
SHARES = {"maxUnavailable", "minAvailable", "maxSurge"}  # of the pods: so many, or so many percent of them
FROM_ONE = {
    "periodSeconds",
    "timeoutSeconds",
    "failureThreshold",
    "successThreshold",
    "averageUtilization",
    "minReplicas",
}
RESOURCES = ("cpu", "memory", "ephemeral-storage", "storage", "sizeLimit")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SERVICE_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")  # RFC 1035: no digit first
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?!-))*[a-z0-9]|[a-z]")
PORTS = {"port", "targetPort", "containerPort", "nodePort", "hostPort"}
# The words that are allowed at a field, by the last names of its path.
WORDS = {
    ("seccompProfile", "type"): ("RuntimeDefault", "Localhost", "Unconfined"),
    ("ports", "protocol"): ("TCP", "UDP", "SCTP"),
    ("strategy", "type"): ("RollingUpdate", "Recreate"),
    ("policyTypes",): ("Ingress", "Egress"),
    ("imagePullPolicy",): ("Always", "IfNotPresent", "Never"),
    ("restartPolicy",): ("Always", "OnFailure", "Never"),
    ("whenUnsatisfiable",): ("DoNotSchedule", "ScheduleAnyway"),
    ("emptyDir", "medium"): ("", "Memory", "HugePages"),
    ("metrics", "type"): ("Resource", "ContainerResource", "Pods", "Object", "External"),
    ("target", "type"): ("Utilization", "AverageValue", "Value"),
    ("policies", "type"): ("Pods", "Percent"),
    ("httpGet", "scheme"): ("HTTP", "HTTPS"),
}


def amount(quantity: object) -> Decimal | None:
    """A quantity as a number, ``"500m"`` as 0.5 and ``"1Ki"`` as 1024; None if it is none."""
    found = QUANTITY.fullmatch(str(quantity))
    if not found:
        return None
    number, suffix = found.groups()
    return Decimal(number) * ((DECIMAL | BINARY).get(suffix) or Decimal(f"1{suffix}"))


def quantities(objects: list[dict]) -> Iterator[Problem]:
    """Of processor and memory; and numbers or shares of pods, of seconds and of times."""
    for one in objects:
        for path, value in leaves(one):
            if path[-1] in SHARES and not _is_share(value):
                yield Problem(title(one), dotted(path), f"{value!r} is not a number of pods, such as 1, nor 25%")
            if path[-1] in FROM_ONE and isinstance(value, int) and value < 1:
                yield Problem(title(one), dotted(path), f"{value} is too few: at least 1")
            if not (path[-1] in RESOURCES and ("resources" in path or path[-1] == "sizeLimit")):
                continue
            if amount(value) is None:
                yield Problem(
                    title(one),
                    dotted(path),
                    f"{value!r} is not a quantity: 500m or 2 of cpu, 256Mi of memory",
                )
            elif path[-1] != "cpu" and amount(value) % 1:
                yield Problem(title(one), dotted(path), f"{value} is a part of a byte: write Mi")


def _is_share(value: object) -> bool:
    """Whether it can be a number of pods, or a part of them."""
    if isinstance(value, str):
        return bool(SHARE.fullmatch(value))
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def words(objects: list[dict]) -> Iterator[Problem]:
    for one in objects:
        for path, value in leaves(one):
            names = tuple(step for step in path if isinstance(step, str))
            for end, allowed in WORDS.items():
                if names[-len(end) :] == end and value not in allowed:
                    yield Problem(title(one), dotted(path), f"{value!r} is not {' or '.join(filter(None, allowed))}")


def names(objects: list[dict]) -> Iterator[Problem]:
    for one in objects:
        strict = SERVICE_LABEL if one.get("kind") == "Service" else LABEL
        parts = [name_of(one)] if one.get("kind") in ("Service", "Namespace") else name_of(one).split(".")
        if len(name_of(one)) > 63 or not all(strict.fullmatch(part) for part in parts):
            first = "a letter" if strict is SERVICE_LABEL else "a letter or digit"
            yield Problem(
                title(one), "metadata.name", f"small letters, digits and hyphens only, at most 63, {first} first"
            )


def port_numbers(objects: list[dict]) -> Iterator[Problem]:
    for one in objects:
        for path, value in leaves(one):
            if path[-1] not in PORTS:
                continue
            if isinstance(value, int) and not 1 <= value <= 65535:
                yield Problem(title(one), dotted(path), f"{value} is not a port: they go from 1 to 65535")
            elif isinstance(value, str) and (len(value) > 15 or not PORT_NAME.fullmatch(value)):
                yield Problem(
                    title(one),
                    dotted(path),
                    f"{value!r} is not a port's name: at most 15 small letters, digits, hyphens",
                )


def bounds_of_autoscalers(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "HorizontalPodAutoscaler"):
        least, most = one["spec"].get("minReplicas", 1), one["spec"].get("maxReplicas")
        if not isinstance(most, int) or least > most:
            yield Problem(title(one), "spec.maxReplicas", f"{most} is less than minReplicas, {least}: raise it")


def one_kind_of_budget(objects: list[dict]) -> Iterator[Problem]:
    for one in of_kind(objects, "PodDisruptionBudget"):
        if len(one["spec"].keys() & {"minAvailable", "maxUnavailable"}) != 1:
            yield Problem(title(one), "spec", "write either minAvailable or maxUnavailable, one of them")


def no_object_twice(objects: list[dict]) -> Iterator[Problem]:
    identities = Counter((title(one), one["metadata"].get("namespace", "default")) for one in objects)
    for (who, namespace), times in identities.items():
        if times > 1:
            yield Problem(who, "metadata.name", f"is there {times} times in namespace {namespace}: keep one")


RULES = (quantities, words, names, port_numbers, bounds_of_autoscalers, one_kind_of_budget, no_object_twice)
