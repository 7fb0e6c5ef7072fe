"""The checks of lab 13 on one server in its pod: what the student's server.yaml means, laid over the course's base."""

from __future__ import annotations

import re
import shlex

from manifests import cluster, deployment_of, expect_none, file_of, server_of, told

from workbook.kubernetes import containers, values
from workbook.kubernetes.objects import at
from workbook.labs.checks.assertions import Student, check, expect

WRITE, LEAVE = "Write down what you want", "Let it leave without losing a request"
TASK = 1
FILE = file_of(TASK)
PORT, WORKERS, REST = 8000, 2, 5
LEAVING = "SERVER_LEAVING_FILE"
MOST_MEMORY, MOST_PROCESSORS = 1024**3, 2
# Kubernetes' own, where a probe says nothing.
PERIOD, FAILURES, TIMEOUT = 10, 3, 1
ACTIONS = {"exec", "httpGet", "sleep", "tcpSocket", "grpc"}
SHELL = re.compile(r"(/usr)?(/bin/)?(ba|da)?sh")


def pod(student: Student) -> list[dict]:
    return cluster(student, TASK)[0]


def server(student: Student) -> dict:
    return server_of(pod(student))


def seconds_of(probe: dict) -> int:
    """For how long a probe may fail until something is done about it."""
    each = max(probe.get("periodSeconds", PERIOD), probe.get("timeoutSeconds", TIMEOUT))
    return each * probe.get("failureThreshold", FAILURES)


@check(
    task=1,
    points=1,
    likely="the API server refuses all of it with `strict decoding error` or `Invalid value`, and nothing changes",
    read=WRITE,
)
def test_the_api_server_takes_the_container(student: Student):
    """The API server takes it: known fields, quantities and ports, one container, one action for each hook and probe"""
    objects, refused = cluster(student, TASK)
    expect_none(refused, TASK, "fields that Kubernetes knows, with values of their kind")
    rules = (values.quantities, values.words, values.port_numbers, containers.what_is_mounted_is_there)
    expect_none(told(rules, objects, "Deployment"), TASK, "values that Kubernetes takes")
    found = [one.get("name") for one in at(deployment_of(objects), "spec", "template", "spec", "containers") or []]
    expect(found == ["server"], FILE, "the container `server` alone, which the base has, too", f"containers: {found}")
    hooks = {name: server_of(objects).get(name) for name in containers.PROBES}
    hooks["lifecycle.preStop"] = at(server_of(objects), "lifecycle", "preStop")
    for name, hook in hooks.items():
        actions = sorted(ACTIONS & set(hook or {}))
        expect(len(actions) <= 1, FILE, f"one action in {name}", " and ".join(actions))


@check(
    task=1,
    points=1,
    likely="the image cannot be pulled, or one process starts for each of the machine's processors",
    read=WRITE,
)
def test_it_is_the_courses_server_with_two_workers(student: Student):
    """It runs the course's server, with two workers, where others can reach it"""
    objects = pod(student)
    rules = (containers.images_are_the_courses, containers.images_have_a_version)
    expect_none(told(rules, objects, "Deployment"), TASK, "the image workbook-server")
    own = server_of(objects)
    named = [containers.image_name(one) for one in containers.containers([deployment_of(objects)])]
    expect(named == ["workbook-server"], FILE, "the image workbook-server", own.get("image") or "no image")
    words = [*(own.get("command") or []), *(own.get("args") or [])]
    got = option(words, "--workers")
    expect(got == str(WORKERS), FILE, f"--workers {WORKERS}", f"--workers {got}" if got else f"args: {words}")
    told_port, host = option(words, "--port") or str(PORT), option(words, "--host") or "0.0.0.0"
    expect(
        told_port == str(PORT) and host in ("0.0.0.0", "::"), FILE, f"port {PORT} of each address", words, fits=False
    )


def option(words: list[str], name: str) -> str:
    """What follows an option, ``--name value`` or ``--name=value``; empty if it is not there."""
    for number, word in enumerate(words):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and number + 1 < len(words):
            return words[number + 1]
    return ""


@check(
    task=1,
    points=1,
    likely="nothing listens at that port, so no probe is ever content and the rollout gets stuck",
    read=WRITE,
)
def test_it_is_asked_at_the_port_where_it_listens(student: Student):
    """The port 8000 is called http, and the probes ask there"""
    objects = pod(student)
    own = server_of(objects)
    named = [one.get("containerPort") for one in own.get("ports") or [] if one.get("name") == "http"]
    expect(named == [PORT], FILE, f"a port {PORT} with the name http", own.get("ports") or "no ports")
    expect_none(told((containers.ports_of_probes_are_open,), objects, "Deployment"), TASK, "probes at that port")
    asked = [at(own, probe, "httpGet", "port") for probe in containers.PROBES if own.get(probe)]
    expect(set(asked) <= {"http", PORT}, FILE, f"probes by HTTP, at http or {PORT}", asked)


@check(
    task=1,
    points=2,
    likely="without a model every pod is restarted again and again, or gets requests that it cannot answer",
    read=WRITE,
)
def test_readiness_wants_a_model_and_liveness_does_not(student: Student):
    """The start and readiness ask for a model; liveness only asks whether it lives"""
    objects = pod(student)
    expect_none(told((containers.probes_are_there,), objects, "Deployment"), TASK, "three probes")
    own = server_of(objects)
    for probe, path in zip(containers.PROBES, ("/readyz", "/readyz", "/healthz"), strict=True):
        got = at(own, probe, "httpGet", "path")
        expect(got == path, FILE, f"{probe} at {path}", f"{probe} at {got}" if got else f"{probe} without a path")


@check(
    task=1,
    points=1,
    likely="a server that is busy, or has just begun, is killed; or one that hangs stays",
    read=WRITE,
)
def test_probes_are_as_patient_as_they_should_be(student: Student):
    """It has time to start, is left out soon, and is restarted late"""
    own = server(student)
    for probe, least, most in (("startupProbe", 30, 600), ("readinessProbe", 1, 20), ("livenessProbe", 30, 60)):
        asked = own.get(probe)
        expect(asked, FILE, f"a {probe}", "none", fits=False)
        got = seconds_of(asked)
        expect(least <= got <= most, FILE, f"{probe}: {least} to {most} seconds of failures", f"{got} seconds")
    patience = own["livenessProbe"].get("timeoutSeconds", TIMEOUT)
    expect(patience >= 5, FILE, "livenessProbe: 5 seconds or more for an answer", f"{patience}")


@check(
    task=1,
    points=2,
    likely="a client that keeps its connection sends its next request into a server that is closing it",
    read=LEAVE,
)
def test_it_says_goodbye_before_it_leaves(student: Student):
    """Before SIGTERM, it makes the file that says that it is leaving, and then rests"""
    own = server(student)
    environment = {one["name"]: one.get("value") for one in own.get("env") or []}
    file = environment.get(LEAVING) or ""
    expect(file.startswith("/tmp/"), FILE, f"{LEAVING}, a file in /tmp", environment or "no env")
    command = at(own, "lifecycle", "preStop", "exec", "command") or []
    is_shell = len(command) > 2 and SHELL.fullmatch(command[0]) and command[1] in ("-c", "-ec")
    expect(is_shell, FILE, "preStop: a shell, -c, and what it does", command or "no command")
    commands = commands_of(command[2])
    touched = [number for number, words in enumerate(commands) if words[:1] == ["touch"] and file in words]
    expect(touched, FILE, f"touch {file} in the command", command[2])
    rests = [words for words in commands[touched[0] :] if words[0] == "sleep"]
    rest = int(rests[0][1]) if rests and re.fullmatch(r"sleep \d{1,4}", " ".join(rests[0])) else 0
    expect(rest >= REST, FILE, f"and then sleep {REST} or more", command[2])
    problems = told((containers.it_has_time_to_end,), pod(student), "Deployment")
    expect_none(problems, TASK, "a rest that leaves time to finish, of the base's 30 seconds")


def commands_of(script: str) -> list[list[str]]:
    """The commands of a script that are run one after the other, each in words; none if there is more to it."""
    try:
        words = list(shlex.shlex(script, posix=True, punctuation_chars=True))
    except ValueError:  # a quote that does not end
        return []
    commands: list[list[str]] = [[]]
    for word in words:
        if word in ("&&", ";"):
            commands.append([])
        elif word != "exec" or commands[-1]:
            commands[-1].append(word)
    return [] if {"||", "|", "&"} & set(words) else [one for one in commands if one]


@check(
    task=1,
    points=2,
    likely="the scheduler cannot plan with it, it is killed for memory, or it takes what others on the machine need",
    read=WRITE,
)
def test_it_asks_for_what_it_needs_and_has_limits(student: Student):
    """It asks for processor and memory, and has limits that are enough, and end"""
    objects = pod(student)
    expect_none(told((containers.requests_are_within_limits,), objects, "Deployment"), TASK, "requests within limits")
    expect_none(told((containers.memory_is_enough,), objects, "Deployment"), TASK, "enough memory")
    limits = at(server_of(objects), "resources", "limits") or {}
    for name, most, words in (("memory", MOST_MEMORY, "1Gi of memory"), ("cpu", MOST_PROCESSORS, "two processors")):
        amount = values.amount(limits.get(name))
        expect(amount is not None and amount <= most, FILE, f"a limit of {words} or less", limits.get(name))
