"""The checks of lab 06: what the student's Dockerfile means. This needs no engine."""

from __future__ import annotations

import re

from facts import DOCKERFILE, PYTHON, duration, image, is_code, option, paths_of

from workbook.labs.checks.assertions import Student, check, expect, returned

ORDER, READY = "First step: what changes least comes first", "Fourth step: ready for others"
LOOPBACK, STOP = "`0.0.0.0` inside, `127.0.0.1` outside", "Stop it"
SYSTEM = "/usr/local"  # where pip installs if nothing else is said
# What is needed of the package besides its own modules, and a file of each.
FOLDERS = ("contract/", "page/", "production/")
PACKAGE_FILES = ("api.py", "contract/openapi.json", "page/static/index.html", "production/workers.py")


# Task 2


@check(
    task=2,
    points=2,
    likely="the environment is not copied, or not to where it was made",
    read=READY,
)
def test_the_packages_get_into_the_image(student: Student):
    """The packages are in the image, where they were installed"""
    made = image(student, 2)
    got = [f"{one['place']}, made as {one['made_at']}" for one in made["packages"]]
    right = [one["place"] for one in made["packages"] if one["place"] in (one["made_at"], SYSTEM)]
    expect(right, DOCKERFILE, "the packages of the installing stage, in the same place", got or "none")
    path = made["env"].get("PATH", "") + ":" + made["env"].get("PYTHONPATH", "")
    found = SYSTEM in right or {
        place for place in right for folder in path.split(":") if f"{folder}/".startswith(place)
    }
    expect(found, DOCKERFILE, f"{right[0]}/bin first in PATH, so that `python` is the one with the packages", path)


@check(task=2, points=2, likely="`COPY folder place` copies what is in the folder, not the folder", read=READY)
def test_the_server_is_where_python_looks_for_it(student: Student):
    """The package `server`, with contract, page and production, is in the folder where it starts"""
    made = image(student, 2)
    for name in PACKAGE_FILES:
        expected = f"{made['workdir'].rstrip('/')}/server/{name}"
        found = paths_of(made, f"server/{name}")
        on_path = {f"{folder}/server/{name}" for folder in made["env"].get("PYTHONPATH", "").split(":") if folder}
        expect({expected, *on_path} & set(found), f"server/{name}", f"at {expected}", found or "not in the image")


@check(
    task=2,
    points=1,
    likely="the folder with versions 1 and 2 is copied one level too high or too low",
    read=READY,
)
def test_the_models_are_where_the_server_looks(student: Student):
    """The clothes models are in /models/clothes"""
    found = paths_of(image(student, 2), "server/models/clothes/1/saved_model.pb")
    expect(
        "/models/clothes/1/saved_model.pb" in found, "server/models/clothes", "at /models/clothes", found or "nowhere"
    )


@check(task=2, points=2, likely="`COPY . .`, `COPY server server`, or a folder too many", read="Look inside")
def test_nothing_else_gets_into_the_image(student: Student):
    """Nothing else from the course is in the image"""
    made = image(student, 2)
    expect(paths_of(made, "server/__main__.py"), DOCKERFILE, "the server", "no other file", fits=False)
    files = made["files"].items()
    others = sorted(path for path, file in files if not _is_needed(path, file["from"]))
    expect(not others, DOCKERFILE, "the server's files alone", others)


def _is_needed(path: str, source: str) -> bool:
    """What the task names: the packages' lists, the clothes in /models, the package's own modules and three folders."""
    if source.startswith("server/models/clothes/"):
        return path.startswith("/models/")
    below = source.removeprefix("server/")
    package = source.startswith("server/") and ("/" not in below or below.startswith(FOLDERS))
    return package or source in ("requirements.lock", "docker/server.txt")


@check(task=2, points=2, likely="the code comes before the models or the packages", read=ORDER)
def test_what_changes_least_comes_first(student: Student):
    """First the packages, then the models, then the code"""
    made = image(student, 2)
    packages = [one["step"] for one in made["packages"]]
    files = made["files"].items()
    models = [file["step"] for path, file in files if path.startswith("/models/")]
    code = [file["step"] for _, file in files if is_code(file["from"])]
    expect(models and code, DOCKERFILE, "models in /models, and code", "no models" if code else "no code", fits=False)
    order = max(packages, default=-1) < min(models) <= max(models) < min(code)
    steps = sorted([(step, "packages") for step in packages] + [(min(models), "models"), (min(code), "code")])
    expect(order, DOCKERFILE, "packages, models, code, each in its own step", [name for _, name in steps])


@check(
    task=2,
    points=1,
    likely="`--chown` or `RUN chown` gives the code to the server's user",
    read="Look inside",
)
def test_the_server_cannot_change_its_own_code(student: Student):
    """The code belongs to root"""
    made = image(student, 2)
    files, users = made["files"].items(), ("", *made["users"])
    code = [(path, file) for path, file in files if is_code(file["from"])]
    expect(code, DOCKERFILE, "the code of the server", "none", fits=False)
    given = {path: file["owner"] for path, file in code if file["owner"].partition(":")[0] not in ("", "0", "root")}
    expect(not given, DOCKERFILE, "code that root owns", given)
    named = {file["owner"].partition(":")[0] for _, file in files}
    unknown = sorted(name for name in named if not name.isdigit() and name not in users)
    expect(not unknown, DOCKERFILE, "users that exist", unknown, fits=False)


# Task 3


def health(student: Student) -> dict:
    found = image(student, 3)["health"]
    expect(found, DOCKERFILE, "a HEALTHCHECK with a command", "none, or NONE", fits=False)
    return found


@check(
    task=3,
    points=1,
    likely="`--interval` is missing: then Docker asks every 30 seconds, and you wait that long",
    read=READY,
)
def test_it_is_asked_every_few_seconds(student: Student):
    """It is checked every few seconds, and has time to start"""
    found = health(student)
    limits = {"interval": (30, 1, 15), "timeout": (30, 0.5, 10), "start-period": (0, 5, 120)}
    for name, (default, least, most) in limits.items():
        got = duration(found.get(name), default)
        expect(least <= got <= most, f"--{name}", f"{least} to {most} seconds", f"{got} seconds")


@check(task=3, points=1, likely="a slim image has no curl and no wget, and server.txt has no requests", read=READY)
def test_the_command_is_in_the_image(student: Student):
    """The command needs only what is in the image"""
    made = image(student, 3)
    text = str(health(student)["test"])
    absent = [name for name in ("curl", "wget", "requests", "httpx", "nc") if re.search(rf"\b{name}\b", text)]
    absent = [name for name in absent if name not in made["tools"] and "from urllib" not in text]
    expect(not absent, "HEALTHCHECK", "programs and packages in the image", absent)


@check(
    task=3,
    points=2,
    likely="it asks the wrong route or port; or a shell or an `except` swallows the failure",
    read=READY,
)
def test_it_tells_well_from_unwell(student: Student):
    """It fails on 503 and on silence, and asks /readyz"""
    test = health(student)["test"]
    masked = re.search(r"\|\|\s*(?!exit [1-9]|false)\w+|;\s*(true|exit 0)", test) if isinstance(test, str) else None
    expect(not masked, "HEALTHCHECK", "a command whose failure counts", test)
    for status, well, what in (
        (200, True, "a server that is ready"),
        (503, False, "one that answers 503"),
        (0, False, "none"),
    ):
        got = returned(student, what, "an exit status", "health_driver:probe", 3, status)
        ended = f"exit status {got['exit']}, asked for {got['asked']}"
        expect((got["exit"] == 0) == well, what, "exit status 0" if well else "an exit status other than 0", ended)
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


@check(task=4, points=2, likely="not a JSON list: single quotes, or plain text; or `sh -c` without `exec`", read=STOP)
def test_the_signal_reaches_the_server(student: Student):
    """There is no shell between Docker and the server"""
    words = image(student, 4)["argv"]
    expect(words, DOCKERFILE, "an ENTRYPOINT or a CMD", "none", fits=False)
    is_shell = words[0].rpartition("/")[2] in ("sh", "bash", "dash", "ash")
    hands_over = len(words) > 2 and re.match(r"exec\s", words[2])
    expect(not is_shell or hands_over, DOCKERFILE, "a JSON list that begins with python", " ".join(words))


@check(
    task=4,
    points=2,
    likely="`--host` is missing: the server then listens on the container's own 127.0.0.1",
    read=LOOPBACK,
)
def test_it_listens_on_all_addresses_inside(student: Student):
    """It listens on all addresses of the container, on port 8000"""
    words = started(student)
    host, port = option(words, "--host", "127.0.0.1"), option(words, "--port", "8000")
    got = f"--host {host} --port {port}"
    expect(host in ("0.0.0.0", "::") and port == "8000", " ".join(words), "--host 0.0.0.0, port 8000", got)
    exposed = [one.partition("/")[0] for one in image(student, 4)["exposed"]]
    expect(set(exposed) <= {"8000"}, DOCKERFILE, "EXPOSE 8000, or none", exposed, fits=False)


@check(task=4, points=1, likely="another program is started, or `--models` is missing", read=READY)
def test_it_starts_the_server_on_its_models(student: Student):
    """It starts python -m server, with the models in /models"""
    words = started(student)
    right = words and PYTHON.fullmatch(words[0]) and option(words, "-m", "") == "server"
    expect(right, DOCKERFILE, "python -m server", " ".join(words) or "nothing")
    models = option(words, "--models", "those of the course").rstrip("/")
    expect(models == "/models", " ".join(words), "--models /models", models)


def started(student: Student) -> list[str]:
    """The words of the command, without any shell in front of it."""
    words = image(student, 4)["argv"]
    return words[2].removeprefix("exec ").split() if words[1:2] == ["-c"] else words
