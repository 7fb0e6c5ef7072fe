"""The checks of lab 06, continued: what the services of the student's compose file mean."""

from __future__ import annotations

import re
import secrets

from workbook.labs.checks.assertions import Student, check, expect, returned

RUN, LOOPBACK = "Run it", "`0.0.0.0` inside, `127.0.0.1` outside"
COMPOSE = "All of it with one command"
COMPOSE_FILE = "compose.yaml"
MEGABYTE = 1024 * 1024
PROGRAM = re.compile(r"(.*/)?(python(3(\.\d+)?)?|sh|bash)")  # of those that are in the images
ON_THIS_MACHINE = {"127.0.0.1", "::1", "[::1]", "localhost"}


def service(student: Student, name: str, **variables: str) -> dict:
    task = {"server": 5, "jupyter": 6}[name]
    return returned(student, COMPOSE_FILE, f"a service {name}", "service_driver:service", name, task, variables)


def expect_loopback(student: Student, name: str, port: str) -> None:
    """The port is published at the same number, and on this machine's loopback alone."""
    found = service(student, name)
    expect(found["network"] != "host", COMPOSE_FILE, "its own network", "network_mode: host", fits=False)
    targets = [one["target"] for one in found["ports"]]
    expect(port in targets, COMPOSE_FILE, f"port {port} published", found["ports"] or "no ports", fits=False)
    open_ones = [one for one in found["ports"] if one["ip"] not in ON_THIS_MACHINE]
    expect(not open_ones, COMPOSE_FILE, "ports published on 127.0.0.1 alone", open_ones)
    outside = [one["published"] for one in found["ports"] if one["target"] == port]
    expect(outside == [port], COMPOSE_FILE, f"port {port} outside, too", outside)


def expect_well_formed(student: Student, name: str) -> None:
    faults = service(student, name)["faults"]
    expect(not faults, COMPOSE_FILE, "keys that compose knows, and names that the file declares", "; ".join(faults))


def expect_health(student: Student, name: str, port: str, paths: str) -> None:
    """The image's own health check, or one that starts with a program and asks only addresses that this service has."""
    found = service(student, name)["health"]
    test = found.get("test")
    expect(not found.get("disable") and test not in ("NONE", ["NONE"]), COMPOSE_FILE, "a health check", "switched off")
    if not test:
        return
    kind, *words = test if isinstance(test, list) else ["CMD-SHELL", test]
    runs = words and (kind == "CMD-SHELL" or (kind == "CMD" and PROGRAM.fullmatch(str(words[0]))))
    expect(runs, COMPOSE_FILE, "a test of CMD, a program such as python, and its arguments", test, fits=False)
    asked = re.findall(r"(\w+://[^\s\"')]+)", " ".join(map(str, words)))
    wrong = [one for one in asked if not re.fullmatch(rf"http://(127\.0\.0\.1|localhost):{port}({paths})", one)]
    expect(not wrong, COMPOSE_FILE, f"questions to http://127.0.0.1:{port}, at a route that it has", wrong, fits=False)


def expect_limits(student: Student, name: str, megabytes: int, processes: int) -> None:
    found = service(student, name)
    for what, got, most in (
        ("memory", found["memory"] / MEGABYTE, megabytes),
        ("processors", found["cpus"], 2),
        ("processes", found["processes"], processes),
    ):
        expect(0 < got <= most, COMPOSE_FILE, f"a limit of {what}, {most} or less", f"{got:g}" if got else "none")


@check(task=5, points=1, likely="paths start at the compose file; the course's folder is one above it", read=COMPOSE)
def test_the_server_is_built_from_its_dockerfile(student: Student):
    """The server is built from docker/server.Dockerfile, in the course's folder"""
    got = service(student, "server")["build"]
    wanted = {"context": ".", "dockerfile": "docker/server.Dockerfile"}
    right = {name: got.get(name) for name in wanted} == wanted
    expect(right, COMPOSE_FILE, "context .. and dockerfile docker/server.Dockerfile", got or "no build")


@check(
    task=5,
    points=2,
    likely="`8000:8000` without an address is published to everyone who can reach this machine",
    read=LOOPBACK,
)
def test_the_server_is_published_on_loopback_alone(student: Student):
    """Port 8000 is published on this machine's loopback alone"""
    expect_loopback(student, "server", "8000")


@check(task=5, points=1, likely="the address is typed in, and LISTEN_ON ignored", read=LOOPBACK)
def test_the_operator_can_choose_the_address(student: Student):
    """With LISTEN_ON, it is published on that address"""
    address = f"192.0.2.{1 + secrets.randbelow(250)}"
    ports = service(student, "server", LISTEN_ON=address)["ports"]
    expect([one["ip"] for one in ports] == [address], f"LISTEN_ON={address}", f"port 8000 at {address}", ports)


@check(
    task=5,
    points=2,
    likely="without `read_only` anything can be changed; without a /tmp in memory the server stops",
    read=RUN,
)
def test_nothing_of_the_server_can_be_written(student: Student):
    """Its files and mounts cannot be written to, except a /tmp in memory"""
    found = service(student, "server")
    expect(found["read_only"], COMPOSE_FILE, "read_only: true", "files that can be written to")
    expect("/tmp" in found["in_memory"], COMPOSE_FILE, "a tmpfs at /tmp", found["in_memory"] or "none")
    open_ones = [one["target"] for one in found["volumes"] if not one["read_only"]]
    expect(not open_ones, COMPOSE_FILE, "volumes that are read-only, if there are any", open_ones, fits=False)


@check(task=5, points=1, likely="`<<: *service` is missing", read=RUN)
def test_the_server_has_no_rights(student: Student):
    """It has no capabilities and gets no new privileges"""
    found = service(student, "server")
    dropped = found["capabilities_dropped"]
    none = "ALL" in dropped and not found["capabilities_added"] and not found["privileged"]
    expect(none, COMPOSE_FILE, "cap_drop: [ALL], and nothing added", dropped or "all that Docker grants")
    right = {"no-new-privileges", "no-new-privileges:true"} & set(found["security"])
    expect(right, COMPOSE_FILE, "security_opt: no-new-privileges", found["security"] or "none")


@check(task=5, points=2, likely="one of the three limits is missing, or too large to protect anybody", read=RUN)
def test_the_server_has_limits(student: Student):
    """It has limits on memory, processors and processes"""
    expect_limits(student, "server", 512, 100)


@check(
    task=5, points=1, likely="`<<: *service` is missing; or the health check of the image is switched off", read=COMPOSE
)
def test_the_server_comes_back(student: Student):
    """If it dies it is restarted, and services that wait for it can see its health"""
    found = service(student, "server")
    wanted = "restart: unless-stopped"
    expect(
        found["restart"] in ("always", "unless-stopped", "on-failure", "any"), COMPOSE_FILE, wanted, found["restart"]
    )
    expect_health(student, "server", "8000", "/healthz|/readyz|/models(/.*)?")


@check(task=5, points=1, likely="a key or name is misspelled, or a name is not declared in the file", read=COMPOSE)
def test_compose_takes_the_server(student: Student):
    """Compose accepts it: every key is known, and every name is declared"""
    expect_well_formed(student, "server")


# Task 6


@check(task=6, points=1, likely="the file's last stage is built, or the file is in another folder", read=COMPOSE)
def test_jupyter_is_built_from_its_stage(student: Student):
    """JupyterLab is built from the stage `jupyter`"""
    got = service(student, "jupyter")["build"]
    wanted = {"context": ".", "dockerfile": "docker/tensorflow.Dockerfile", "target": "jupyter"}
    expect(
        got == wanted,
        COMPOSE_FILE,
        "context .., dockerfile docker/tensorflow.Dockerfile, target jupyter",
        got or "no build",
    )


@check(task=6, points=2, likely="the short form of `depends_on` waits for the start only", read=COMPOSE)
def test_jupyter_waits_until_the_server_is_healthy(student: Student):
    """It starts when the server is healthy"""
    got = service(student, "jupyter")["waits_for"]
    expect(
        got.get("server") == "service_healthy", COMPOSE_FILE, "server: service_healthy", got or "nothing to wait for"
    )


@check(task=6, points=2, likely="the token, or a default for it, is in the file", read=LOOPBACK)
def test_the_token_comes_from_outside(student: Student):
    """The token is JUPYTER_TOKEN from whoever starts it, and is not in the file"""
    token = secrets.token_hex(8)
    got = service(student, "jupyter", JUPYTER_TOKEN=token)["environment"].get("JUPYTER_TOKEN")
    expect(got == token, f"JUPYTER_TOKEN={token}", "the same token in the container", got)
    default = service(student, "jupyter")["environment"].get("JUPYTER_TOKEN")
    expect(not default, "no JUPYTER_TOKEN", "none in the container", default)
    command = str(service(student, "jupyter")["command"])
    expect("token=" not in command.lower(), COMPOSE_FILE, "no token in the command", command)


@check(task=6, points=1, likely="the port is published without an address", read=LOOPBACK)
def test_jupyter_is_published_on_loopback_alone(student: Student):
    """Port 8888 is published on this machine's loopback alone"""
    expect_loopback(student, "jupyter", "8888")


@check(task=6, points=1, likely="one of the three limits is missing", read=RUN)
def test_jupyter_has_limits(student: Student):
    """It has limits on memory, processors and processes"""
    expect_limits(student, "jupyter", 4096, 500)


@check(task=6, points=2, likely="a volume without a name is lost with its container", read=COMPOSE)
def test_what_students_make_stays(student: Student):
    """Notebooks and work are in volumes that outlive the container"""
    volumes = service(student, "jupyter")["volumes"]
    stays = {one["target"] for one in volumes if one["stays"]}
    for place in ("/course/notebooks", "/course/work"):
        expect(place in stays, COMPOSE_FILE, f"a volume with a name, declared, at {place}", volumes or "no volumes")


@check(task=6, points=1, likely="a key or name is misspelled, or a name is not declared in the file", read=COMPOSE)
def test_compose_takes_jupyter(student: Student):
    """Compose accepts it: every key is known, every name is declared, and a health check asks JupyterLab"""
    expect_well_formed(student, "jupyter")
    expect_health(student, "jupyter", "8888", "/?|/(api|lab|tree|login)(/.*)?")
