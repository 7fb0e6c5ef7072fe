"""The checks of lab 06: what the student's Dockerfile and compose file mean. No engine is needed for that."""

from __future__ import annotations

import re
import secrets

from workbook.containers import SOURCE
from workbook.labs.checks import Student, check, expect

ORDER, SLIM = "First step: what changes least comes first", "Second step: a smaller ground to build on"
RUNTIME, READY = "Third step: the runtime, not the framework", "Fourth step: ready for others"
RUN, LOOPBACK, STOP = "Run it", "`0.0.0.0` inside, `127.0.0.1` outside", "Stop it"
COMPOSE = "All of it with one command"
DOCKERFILE, COMPOSE_FILE = "server.Dockerfile", "compose.yaml"
SYSTEM = "/usr/local"  # where pip installs if nothing else is said
MEGABYTE = 1024 * 1024
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
ON_THIS_MACHINE = {"127.0.0.1", "::1", "[::1]", "localhost"}


def image(student: Student, task: int) -> dict:
    return student.call("image_driver:image", task)


def service(student: Student, name: str, **variables: str) -> dict:
    return student.call("service_driver:service", name, {"server": 5, "jupyter": 6}[name], variables)


def paths_of(image: dict, source: str) -> list[str]:
    """Where the files are in the image that come from this file or folder of the course."""
    return sorted(path for path, file in image["files"].items() if f"{file['from']}/".startswith(source))


def is_code(file: str) -> bool:
    return file.startswith(("server/", "pipeline/", "workbook/", "notebooks/")) and "/models/" not in file


def packages_listed() -> set[str]:
    lines = (SOURCE / "docker" / "server.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and line[0] not in "#-"}


# Task 1


@check(
    task=1,
    points=1,
    likely="no tag, `latest`, or two Pythons: an environment of one does not run in another",
    read=SLIM,
)
def test_the_base_is_named_with_its_version(student: Student):
    """Every stage is built on a Python whose version is named"""
    bases = image(student, 1)["bases"]
    versions = [re.search(r":(\d+\.\d+)|@sha256:", base) for base in bases]
    expect(all(versions), DOCKERFILE, "a version behind each FROM, as in python:3.11-slim", bases)
    pythons = {found[1] for found in versions if found[1]}
    expect(len(pythons) == 1, DOCKERFILE, "the same version of Python in all stages", bases)
    expect("slim" in bases[-1] or "@" in bases[-1], DOCKERFILE, "an image on a slim base", bases[-1])


@check(
    task=1,
    points=2,
    likely="names without versions, or requirements.lock is not one folder above server.txt",
    read=RUNTIME,
)
def test_the_packages_are_those_of_the_lock(student: Student):
    """What is installed is docker/server.txt, at the versions of the lock"""
    installs = image(student, 1)["all_installs"]
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none")
    missing = [name for install in installs for name in install["missing"]]
    expect(
        not missing, DOCKERFILE, "all lists that pip reads copied before, each to its place", f"not there: {missing}"
    )
    listed = [install["requirements"] for install in installs]
    extra = {name for names in listed for name in names} - {"docker/server.txt"}
    names = {re.split(r"[=<>~!\[]", name)[0].lower() for install in installs for name in install["names"]}
    expect(not extra and names <= packages_listed(), DOCKERFILE, "what docker/server.txt lists, no more", names | extra)
    whole = ["docker/server.txt"] in listed or names == packages_listed()
    expect(whole, DOCKERFILE, "all that docker/server.txt lists", names or "nothing")
    free = [install["names"] for install in installs if "requirements.lock" not in install["constraints"]]
    expect(not free, DOCKERFILE, "every package, and what it needs, at its version in requirements.lock", free)


@check(task=1, points=2, likely="files of code are copied before pip runs", read=ORDER)
def test_a_changed_line_of_code_installs_nothing(student: Student):
    """No code is there yet when the packages are installed"""
    installs = image(student, 1)["all_installs"]
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none")
    code = sorted({file for install in installs for file in install["present"] if is_code(file)})
    expect(not code, DOCKERFILE, "requirements.lock and docker/server.txt alone, before pip runs", code)


@check(
    task=1,
    points=1,
    likely="`--no-cache-dir` is missing, and the layer is part of the image or of its cache",
    read=SLIM,
)
def test_the_cache_of_pip_is_not_kept(student: Student):
    """What pip has fetched is not kept a second time"""
    installs = image(student, 1)["all_installs"]
    kept = [install["requirements"] or install["names"] for install in installs if install["keeps_cache"]]
    right = installs and not kept
    expect(
        right, DOCKERFILE, "an installation without pip's cache, or with a cache outside of the image", kept or "none"
    )


# Task 2


@check(
    task=2,
    points=2,
    likely="the environment is copied to another place than where it was made, or not at all",
    read=READY,
)
def test_the_packages_get_into_the_image(student: Student):
    """The packages are in the image, where they were installed"""
    made = image(student, 2)
    got = [f"{one['place']}, made as {one['made_at']}" for one in made["packages"]]
    right = [one["place"] for one in made["packages"] if one["place"] in (one["made_at"], SYSTEM)]
    expect(right, DOCKERFILE, "the packages of the stage that installs, in the same place", got or "none")
    path = made["env"].get("PATH", "") + ":" + made["env"].get("PYTHONPATH", "")
    found = SYSTEM in right or {
        place for place in right for folder in path.split(":") if f"{folder}/".startswith(place)
    }
    expect(found, DOCKERFILE, f"{right[0]}/bin first in PATH, so that `python` is the one with the packages", path)


@check(task=2, points=2, likely="`COPY folder place` copies what is in the folder, not the folder itself", read=READY)
def test_the_server_is_where_python_looks_for_it(student: Student):
    """The package `server`, with contract and page, is in the folder in which it starts"""
    made = image(student, 2)
    for name in ("__init__.py", "__main__.py", "api.py", "contract/openapi.json", "page/index.html"):
        expected = f"{made['workdir'].rstrip('/')}/server/{name}"
        found = paths_of(made, f"server/{name}")
        on_path = {f"{folder}/server/{name}" for folder in made["env"].get("PYTHONPATH", "").split(":") if folder}
        expect({expected, *on_path} & set(found), f"server/{name}", f"at {expected}", found or "not in the image")


@check(
    task=2,
    points=1,
    likely="the folder with the versions, 1 and 2, is copied one level too high or too low",
    read=READY,
)
def test_the_models_are_where_the_server_looks(student: Student):
    """The clothes models are in /models/clothes"""
    found = paths_of(image(student, 2), "server/models/clothes/1/saved_model.pb")
    expect(
        "/models/clothes/1/saved_model.pb" in found, "server/models/clothes", "at /models/clothes", found or "nowhere"
    )


@check(task=2, points=2, likely="`COPY . .`, or a folder too many", read="Look inside")
def test_nothing_else_gets_into_the_image(student: Student):
    """Nothing else of the course is in the image"""
    needed = ("server/", "requirements.lock", "docker/server.txt")
    made = image(student, 2)
    expect(paths_of(made, "server/__main__.py"), DOCKERFILE, "the server", "no file of it")
    files = made["files"].items()
    others = sorted(path for path, file in files if not file["from"].startswith(needed))
    expect(not others, DOCKERFILE, "the server's files alone", others)


@check(task=2, points=2, likely="the code comes before the models or the packages", read=ORDER)
def test_what_changes_least_comes_first(student: Student):
    """First the packages, then the models, then the code"""
    made = image(student, 2)
    packages = [one["step"] for one in made["packages"]]
    files = made["files"].items()
    models = [file["step"] for path, file in files if path.startswith("/models/")]
    code = [file["step"] for _, file in files if is_code(file["from"])]
    expect(models and code, DOCKERFILE, "models in /models, and code", "no models" if code else "no code")
    order = max(packages, default=-1) < min(models) <= max(models) < min(code)
    steps = sorted([(step, "packages") for step in packages] + [(min(models), "models"), (min(code), "code")])
    expect(order, DOCKERFILE, "packages, models, code, each in steps of their own", [name for _, name in steps])


@check(
    task=2,
    points=1,
    likely="`--chown` or `RUN chown` gives the code to the user that the server runs as",
    read="Look inside",
)
def test_the_server_cannot_change_its_own_code(student: Student):
    """The code belongs to root"""
    files = image(student, 2)["files"].items()
    code = [(path, file) for path, file in files if is_code(file["from"])]
    expect(code, DOCKERFILE, "the code of the server", "none")
    given = {path: file["owner"] for path, file in code if file["owner"].partition(":")[0] not in ("", "0", "root")}
    expect(not given, DOCKERFILE, "code that root owns", given)


# Task 3


def health(student: Student) -> dict:
    found = image(student, 3)["health"]
    expect(found, DOCKERFILE, "a HEALTHCHECK with a command", "none, or NONE")
    return found


@check(
    task=3,
    points=1,
    likely="`--interval` is missing: then Docker asks every 30 seconds, and whoever waits, waits",
    read=READY,
)
def test_it_is_asked_every_few_seconds(student: Student):
    """It is asked every few seconds, and has time to start"""
    found = health(student)
    limits = {"interval": (30, 1, 15), "timeout": (30, 0.5, 10), "start-period": (0, 5, 120)}
    for name, (default, least, most) in limits.items():
        got = duration(found.get(name), default)
        expect(least <= got <= most, f"--{name}", f"{least} to {most} seconds", f"{got} seconds")


@check(task=3, points=1, likely="a slim image has no curl and no wget, and server.txt has no requests", read=READY)
def test_the_command_is_in_the_image(student: Student):
    """The command needs nothing that is not in the image"""
    made = image(student, 3)
    text = str(health(student)["test"])
    absent = [name for name in ("curl", "wget", "requests", "httpx", "nc") if re.search(rf"\b{name}\b", text)]
    absent = [name for name in absent if name not in made["tools"] and "from urllib" not in text]
    expect(not absent, "HEALTHCHECK", "programs and packages of the image", absent)


@check(
    task=3, points=2, likely="it asks another route or port; or a shell or an `except` swallows the failure", read=READY
)
def test_it_tells_well_from_unwell(student: Student):
    """It fails for 503 and for silence, and asks /readyz"""
    test = health(student)["test"]
    masked = re.search(r"\|\|\s*(?!exit [1-9]|false)\w+|;\s*(true|exit 0)", test) if isinstance(test, str) else None
    expect(not masked, "HEALTHCHECK", "a command whose failure counts", test)
    for status, well, what in (
        (200, True, "a server that is ready"),
        (503, False, "one that answers 503"),
        (0, False, "none"),
    ):
        got = student.call("health_driver:probe", 3, status)
        ended = f"exit status {got['exit']}, asked for {got['asked']}"
        expect((got["exit"] == 0) == well, what, "exit status 0" if well else "another exit status than 0", ended)
        expect(not well or got["asked"][:1] == ["/readyz"], what, "a request for /readyz", ended)


# Task 4


@check(task=4, points=1, likely="no USER, or one that is root", read=READY)
def test_nobody_in_it_is_root(student: Student):
    """The server does not run as root"""
    user = image(student, 4)["user"].partition(":")[0]
    expect(user not in ("", "root", "0"), DOCKERFILE, "a USER that is not root", user or "no USER: root")


@check(task=4, points=1, likely="the user is given by name, which Kubernetes cannot look up", read=READY)
def test_the_user_is_a_number(student: Student):
    """The user is 10001, by number"""
    user = image(student, 4)["user"].partition(":")[0]
    expect(user == "10001", DOCKERFILE, "USER 10001", user or "no USER")


@check(task=4, points=2, likely="no list in JSON: single quotes, or plain text; or `sh -c` without `exec`", read=STOP)
def test_the_signal_reaches_the_server(student: Student):
    """No shell stands between Docker and the server"""
    words = image(student, 4)["argv"]
    expect(words, DOCKERFILE, "an ENTRYPOINT or a CMD", "none")
    is_shell = words[0].rpartition("/")[2] in ("sh", "bash", "dash", "ash")
    hands_over = len(words) > 2 and re.match(r"exec\s", words[2])
    expect(not is_shell or hands_over, DOCKERFILE, "a JSON list that begins with python", " ".join(words))


@check(
    task=4, points=2, likely="`--host` is missing: the server then listens on 127.0.0.1 of the container", read=LOOPBACK
)
def test_it_listens_on_all_addresses_inside(student: Student):
    """It listens on all addresses of the container, at port 8000"""
    words = started(student)
    host, port = option(words, "--host", "127.0.0.1"), option(words, "--port", "8000")
    got = f"--host {host} --port {port}"
    expect(host in ("0.0.0.0", "::") and port == "8000", " ".join(words), "--host 0.0.0.0, port 8000", got)


@check(task=4, points=1, likely="another program is started, or `--models` is missing", read=READY)
def test_it_starts_the_server_on_its_models(student: Student):
    """It starts python -m server, with the models in /models"""
    words = started(student)
    program = words[0].rpartition("/")[2] if words else ""
    right = program.startswith("python") and "-m server" in " ".join(words)
    expect(right, DOCKERFILE, "python -m server", " ".join(words) or "nothing")
    models = option(words, "--models", "those of the course").rstrip("/")
    expect(models == "/models", " ".join(words), "--models /models", models)


def started(student: Student) -> list[str]:
    """The words of the command, without a shell that is in front of it."""
    words = image(student, 4)["argv"]
    return words[2].removeprefix("exec ").split() if words[1:2] == ["-c"] else words


def option(words: list[str], name: str, default: str) -> str:
    """What stands behind an option, ``--name value`` or ``--name=value``."""
    for number, word in enumerate(words):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and number + 1 < len(words):
            return words[number + 1]
    return default


def duration(text: str | None, default: float) -> float:
    """The seconds of ``1m30s``."""
    parts = re.findall(r"([\d.]+)(ms|s|m|h)", text or "")
    return sum(float(number) * SECONDS[unit] for number, unit in parts) if parts else default


# Tasks 5 and 6: what both services have


def expect_loopback(student: Student, name: str, port: str) -> None:
    found = service(student, name)
    expect(found["network"] != "host", COMPOSE_FILE, "a network of its own", "network_mode: host")
    targets = [one["target"] for one in found["ports"]]
    expect(port in targets, COMPOSE_FILE, f"port {port} published", found["ports"] or "no ports")
    open_ones = [one for one in found["ports"] if one["ip"] not in ON_THIS_MACHINE]
    expect(not open_ones, COMPOSE_FILE, "ports published on 127.0.0.1 alone", open_ones)


def expect_limits(student: Student, name: str, megabytes: int) -> None:
    found = service(student, name)
    for what, got, most in (
        ("memory", found["memory"] / MEGABYTE, megabytes),
        ("processors", found["cpus"], 2),
        ("processes", found["processes"], 500),
    ):
        expect(0 < got <= most, COMPOSE_FILE, f"a limit of {what}, {most} or less", f"{got:g}" if got else "none")


@check(task=5, points=1, likely="paths begin at the compose file; the course's folder is one above it", read=COMPOSE)
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
    found = [one["published"] for one in service(student, "server")["ports"] if one["target"] == "8000"]
    expect(found == ["8000"], COMPOSE_FILE, "port 8000 outside, too", found)


@check(task=5, points=1, likely="LISTEN_ON is typed in, or not asked for", read=LOOPBACK)
def test_the_operator_can_choose_the_address(student: Student):
    """With LISTEN_ON, it is published on that address"""
    address = f"192.0.2.{1 + secrets.randbelow(250)}"
    ports = service(student, "server", LISTEN_ON=address)["ports"]
    expect([one["ip"] for one in ports] == [address], f"LISTEN_ON={address}", f"port 8000 at {address}", ports)


@check(
    task=5,
    points=2,
    likely="`read_only` without a /tmp in memory stops the server, and without `read_only` all can be changed",
    read=RUN,
)
def test_nothing_of_the_server_can_be_written(student: Student):
    """Its files cannot be written to, but for a /tmp in memory"""
    found = service(student, "server")
    expect(found["read_only"], COMPOSE_FILE, "read_only: true", "files that can be written to")
    expect("/tmp" in found["in_memory"], COMPOSE_FILE, "a tmpfs at /tmp", found["in_memory"] or "none")


@check(task=5, points=1, likely="`<<: *service` is missing", read=RUN)
def test_the_server_has_no_rights(student: Student):
    """It has no capabilities, and gets no new privileges"""
    found = service(student, "server")
    dropped = found["capabilities_dropped"]
    none = "ALL" in dropped and not found["capabilities_added"] and not found["privileged"]
    expect(none, COMPOSE_FILE, "cap_drop: [ALL], and nothing added", dropped or "all that Docker gives")
    right = {"no-new-privileges", "no-new-privileges:true"} & set(found["security"])
    expect(right, COMPOSE_FILE, "security_opt: no-new-privileges", found["security"] or "none")


@check(task=5, points=2, likely="one of the three limits is missing, or is too large to protect anybody", read=RUN)
def test_the_server_has_limits(student: Student):
    """It has limits of memory, processors and processes"""
    expect_limits(student, "server", 512)


@check(
    task=5, points=1, likely="`<<: *service` is missing; or the health check of the image is switched off", read=COMPOSE
)
def test_the_server_comes_back(student: Student):
    """When it dies it is started again, and its health stays known"""
    found = service(student, "server")
    wanted = "restart: unless-stopped"
    expect(
        found["restart"] in ("always", "unless-stopped", "on-failure", "any"), COMPOSE_FILE, wanted, found["restart"]
    )
    disabled = found["health"].get("disable") or found["health"].get("test") in ("NONE", ["NONE"])
    expect(not disabled, COMPOSE_FILE, "the image's own health check", "switched off")


# Task 6


@check(task=6, points=1, likely="the last of the file's stages is built, or the file in another folder", read=COMPOSE)
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


@check(task=6, points=2, likely="the token, or a default for it, stands in the file", read=LOOPBACK)
def test_the_token_comes_from_outside(student: Student):
    """The token is JUPYTER_TOKEN of whoever starts it, and is not in the file"""
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
    """It has limits of memory, processors and processes"""
    expect_limits(student, "jupyter", 4096)


@check(task=6, points=2, likely="a volume without a name goes with its container", read=COMPOSE)
def test_what_students_make_stays(student: Student):
    """Notebooks and work are in volumes that outlive the container"""
    volumes = service(student, "jupyter")["volumes"]
    stays = {one["target"] for one in volumes if one["stays"]}
    for place in ("/course/notebooks", "/course/work"):
        expect(place in stays, COMPOSE_FILE, f"a volume with a name, declared, at {place}", volumes or "no volumes")
