"""The checks of lab 13 on all pods: what the student's deployment.yaml means, under two of the course's overlays."""

from __future__ import annotations

from manifests import (
    OTHER_SERVER,
    PODS,
    SERVER,
    cluster,
    deployment_of,
    expect_none,
    file_of,
    server_of,
    share_of,
    told,
)

from workbook.kubernetes import containers, relations, values
from workbook.kubernetes.objects import at, labels_of_pod, pod_of, selects
from workbook.labs.checks.assertions import Student, check, expect

WRITE, LEAVE, LOAD = "Write down what you want", "Let it leave without losing a request", "Follow the load"
TASK = 2
FILE = file_of(TASK)
OVERLAYS = {"the reference server": SERVER, "TensorFlow Serving": OTHER_SERVER}
REST, MOST_GRACE = 5, 60
MOST_TMP = 64 * 1024**2
USER = 10001
HOSTNAME = "kubernetes.io/hostname"


def pods(student: Student, overlay: str = SERVER) -> list[dict]:
    return cluster(student, TASK, overlay)[0]


def pod_spec(objects: list[dict]) -> dict:
    return pod_of(deployment_of(objects)).get("spec") or {}


@check(
    task=2,
    points=1,
    likely="the API server refuses all of it with `strict decoding error` or `Invalid value`, and nothing changes",
    read=WRITE,
)
def test_the_api_server_takes_the_pods(student: Student):
    """The API server takes it: fields that it knows, and values of their kind"""
    for overlay in OVERLAYS.values():
        objects, refused = cluster(student, TASK, overlay)
        expect_none(refused, TASK, "fields that Kubernetes knows, with values of their kind")
        rules = (values.quantities, values.words, values.port_numbers, containers.what_is_mounted_is_there)
        expect_none(told(rules, objects, "Deployment"), TASK, "values that Kubernetes takes")


@check(task=2, points=1, likely="the API server refuses a Deployment that does not find the pods it makes", read=WRITE)
def test_the_deployment_finds_its_own_pods(student: Student):
    """Its selector has labels that its own pods have"""
    problems = told((relations.selectors_meet_their_own_pods,), pods(student), "Deployment")
    expect_none(problems, TASK, "a selector with labels of the pods")


@check(
    task=2,
    points=1,
    likely="the Service has no pod behind it: every customer gets 503, and no error is shown anywhere",
    read=WRITE,
)
def test_the_others_find_its_pods(student: Student):
    """The Service, the budget and the network policy find its pods"""
    objects = pods(student)
    got = labels_of_pod(deployment_of(objects))
    wanted = {"app.kubernetes.io/part-of": "workbook"}
    expect(selects(wanted, got), FILE, f"pods with the label {wanted}", f"pods with {got or 'no labels'}")


@check(
    task=2,
    points=2,
    likely="while it rolls out, some of the pods that customers need are gone before the new ones answer",
    read=LEAVE,
)
def test_a_new_pod_is_there_before_an_old_one_goes(student: Student):
    """In a rollout, however many there are, a new pod is ready before an old one goes"""
    strategy = at(deployment_of(pods(student)), "spec", "strategy") or {}
    kind = strategy.get("type", "RollingUpdate")
    expect(kind == "RollingUpdate", FILE, "a RollingUpdate", f"{kind}: all go, and then the new ones come")
    rolling = strategy.get("rollingUpdate") or {}
    for count in PODS:
        gone = share_of(rolling.get("maxUnavailable", "25%"), count, up=False)
        more = share_of(rolling.get("maxSurge", "25%"), count, up=True)
        expect(gone == 0, FILE, "maxUnavailable of 0", f"{gone} of {count} pods may be gone")
        expect(more >= 1, FILE, "maxSurge of 1 or more", f"{more} more than {count} pods: the rollout never begins")
        expect(more <= count, FILE, "at most twice as many pods", f"{more} more than {count} pods", fits=False)


@check(
    task=2,
    points=1,
    likely="each `kubectl apply` takes the pods away that the autoscaler has added, in the middle of the rush",
    read=LOAD,
)
def test_the_number_of_pods_is_the_autoscalers(student: Student):
    """It does not say how many there are, since the autoscaler does"""
    objects = pods(student)
    expect(labels_of_pod(deployment_of(objects)), FILE, "pods", "no labels of pods", fits=False)
    problems = told((relations.who_is_scaled_has_no_number,), objects, "Deployment")
    expect_none(problems, TASK, "no replicas")


@check(
    task=2,
    points=2,
    likely="requests find a closed door while the news of the pod's end is under way, or those in progress are killed",
    read=LEAVE,
)
def test_a_pod_has_time_to_leave(student: Student):
    """It goes on answering for five seconds before SIGTERM, and then has ten to finish, with either server"""
    for name, overlay in OVERLAYS.items():
        objects = pods(student, overlay)
        rest = containers.rest_before_the_signal(server_of(objects))
        expect(rest >= REST, FILE, f"{REST} seconds in preStop", f"{rest} seconds, with {name}")
        grace = pod_spec(objects).get("terminationGracePeriodSeconds", 30)
        least = rest + containers.STOP_SECONDS
        expect(grace >= least, FILE, f"{rest} + {containers.STOP_SECONDS} seconds or more in all", f"{grace} seconds")
        expect(grace <= MOST_GRACE, FILE, f"{MOST_GRACE} seconds or less in all", f"{grace} seconds", fits=False)


@check(
    task=2,
    points=2,
    likely="the namespace refuses the pod, or whoever breaks in can change the program, or ask Kubernetes for more",
    read=WRITE,
)
def test_it_has_no_right_that_it_does_not_need(student: Student):
    """It is user 10001 with no right that the profile restricted does not leave it, and no key to Kubernetes"""
    objects = pods(student)
    expect_none(told((containers.nothing_is_root,), objects, "Deployment"), TASK, "the profile restricted")
    both = {**(pod_spec(objects).get("securityContext") or {}), **(server_of(objects).get("securityContext") or {})}
    got = both.get("runAsUser"), both.get("runAsGroup")
    expect(got == (USER, USER), FILE, f"runAsUser and runAsGroup {USER}", f"{got[0]} and {got[1]}", fits=False)
    key = pod_spec(objects).get("automountServiceAccountToken")
    expect(key is False, FILE, "automountServiceAccountToken: false", "a key to Kubernetes in each pod", fits=False)


@check(
    task=2,
    points=1,
    likely="it cannot start, because there is nothing that it may write to; or it fills the memory of its machine",
    read=WRITE,
)
def test_it_may_write_to_a_small_tmp_in_memory(student: Student):
    """The only place to write to is /tmp, in memory, of 64Mi at most"""
    objects = pods(student)
    mounts = [one for one in server_of(objects).get("volumeMounts") or [] if one["mountPath"].rstrip("/") == "/tmp"]
    expect(len(mounts) == 1, FILE, "a volume at /tmp", server_of(objects).get("volumeMounts") or "no volumeMounts")
    volumes = {one["name"]: one for one in pod_spec(objects).get("volumes") or []}
    found = at(volumes, mounts[0]["name"], "emptyDir")
    is_memory = isinstance(found, dict) and found.get("medium") == "Memory" and not mounts[0].get("readOnly")
    expect(is_memory, FILE, "an emptyDir with the medium Memory, to write to", volumes.get(mounts[0]["name"]))
    size = values.amount(found.get("sizeLimit", ""))
    expect(size is not None and 0 < size <= MOST_TMP, FILE, "a sizeLimit of 64Mi or less", found.get("sizeLimit"))


@check(task=2, points=1, likely="all pods may be on one machine, and die with it", read=WRITE)
def test_two_pods_go_to_two_machines(student: Student):
    """Two pods go to two machines if there are two, and to one if there is one"""
    objects = pods(student)
    labels = labels_of_pod(deployment_of(objects))
    spread = [(one.get("topologyKey"), one.get("labelSelector"), one.get("whenUnsatisfiable") == "ScheduleAnyway")
              for one in pod_spec(objects).get("topologySpreadConstraints") or [] if one["maxSkew"] == 1]  # fmt: skip
    apart = at(pod_spec(objects), "affinity", "podAntiAffinity") or {}
    for soft, name in ((True, "preferred"), (False, "required")):
        for one in apart.get(f"{name}DuringSchedulingIgnoredDuringExecution") or []:
            term = one.get("podAffinityTerm", one)
            spread.append((term.get("topologyKey"), term.get("labelSelector"), soft))
    own = [soft for key, wanted, soft in spread if key == HOSTNAME and selects(at(wanted, "matchLabels"), labels)]
    expect(
        own,
        FILE,
        f"its own pods spread over {HOSTNAME}",
        spread or "nothing about machines, or a maxSkew of more than 1",
    )
    expect(all(own), FILE, "a wish", "a demand: with one machine, the second pod waits forever", fits=False)
