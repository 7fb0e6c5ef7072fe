"""What a Dockerfile would make, found without an engine: who runs what, where the files are, what is installed and how.

It goes through the instructions as an engine does. Instead of a build context it has ``CONTEXT``, some of the course's
files, and of the commands in ``RUN`` it knows those that install packages and those that change owners.
"""

from __future__ import annotations

import copy
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from posixpath import basename, join, normpath

from config_files import BadFile, dockerfile, json_list, substituted
from install_driver import Install, commands, environments_in, installed_tools, installs_in, owned

DOCKERFILE = "docker/server.Dockerfile"
# Some of what .dockerignore lets through, of every kind.
CONTEXT = (
    "LICENSE", "README.md", "pyproject.toml", "requirements.lock",
    "docker/compose.yaml", "docker/server.txt", "docker/server.Dockerfile",
    "notebooks/01_lifecycle.ipynb", "pipeline/train.py", "workbook/cli.py",
    "server/__init__.py", "server/__main__.py", "server/api.py", "server/production/workers.py",
    "server/contract/openapi.json", "server/page/static/index.html", "server/tensorflow_serving/rest/routes.py",
    "server/models/clothes/1/saved_model.pb", "server/models/clothes/1/assets.extra/clothes.tflite",
    "server/models/digits/1/assets.extra/digits.skops",
)  # fmt: skip


USERS = ("root", "daemon", "www-data", "nobody")  # some that Debian has


@dataclass
class Image:
    """A stage as built so far: ``files`` maps a path to where it comes from, its owner and the step."""

    base: str
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = ""
    entrypoint: str | list[str] = ""
    command: str | list[str] = ""
    health: dict | None = None
    files: dict[str, dict] = field(default_factory=dict)
    installs: list[Install] = field(default_factory=list)
    packages: list[dict] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=lambda: list(USERS))
    exposed: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=list)
    unknown_stages: list[str] = field(default_factory=list)
    step: int = 0


def image(task: int) -> dict:
    """What the last stage is in the end, with ``bases``, what stages are built on, and ``all_installs`` of all
    stages."""
    stages: dict[str, Image] = {}
    every: list[Image] = []
    arguments: dict[str, str] = {}
    for step, one in enumerate(dockerfile(DOCKERFILE, task)):
        if one["name"] == "FROM":
            name, current = _stage(substituted(one["value"], arguments), stages, one["line"])
            stages[name] = stages[str(len(every))] = current
            every.append(current)
        elif not every:
            arguments.update(_pairs(one["value"]))
        else:
            current.step = step
            _take(current, one, stages)
    return {
        **vars(current),
        "argv": list(_argv(current)),
        "bases": [stage.base for stage in every],
        "all_installs": [install for stage in every for install in stage.installs],
    }


def _take(image: Image, one: dict, stages: dict[str, Image]) -> None:
    """Do one instruction. Raises ``BadFile`` for one that cannot be read, such as one with a quote that never ends."""
    try:
        STEPS.get(one["name"], _nothing)(image, one, stages)
    except (ValueError, IndexError) as error:
        told = f"{basename(DOCKERFILE)}, line {one['line']}: {one['name']} cannot be read"
        raise BadFile(f"{told}: {str(error)[:1].lower()}{str(error)[1:]}") from error


def _stage(value: str, stages: dict[str, Image], line: int) -> tuple[str, Image]:
    base, *rest = value.split()
    if rest and (rest[0].upper() != "AS" or len(rest) != 2):
        raise BadFile(f"{basename(DOCKERFILE)}, line {line}: FROM takes an image, or an image AS a name")
    name = rest[1].lower() if len(rest) > 1 else "the last"
    return name, copy.deepcopy(stages[base.lower()]) if base.lower() in stages else Image(base)


def _copy(image: Image, one: dict, stages: dict[str, Image]) -> None:
    words = _words(one["value"], image)
    flags = dict(one["flags"])
    sources, target = words[:-1], words[-1]
    into = target.endswith(("/", "/.")) or target == "." or len(sources) > 1
    place = normpath(join(image.workdir, target))
    into = into or place == normpath(image.workdir) or any(path.startswith(f"{place}/") for path in image.files)
    if "from" in flags:
        name = flags["from"].lower()
        if name not in stages and not {"/", ":", "@"} & set(name):  # the name of an image is not a stage
            image.unknown_stages.append(name)
        _copy_stage(image, stages.get(name, Image("")), sources, place)
        return
    for source in sources:
        for file, below in _found(source):
            path = join(place, below) if below else join(place, basename(file)) if into else place
            image.files[path] = {"from": file, "owner": flags.get("chown", ""), "step": image.step}


def _copy_stage(image: Image, stage: Image, sources: list[str], place: str) -> None:
    for source in (normpath(join("/", source)) for source in sources):
        for path, file in list(stage.files.items()):
            if f"{path}/".startswith(f"{source}/".replace("//", "/")):
                image.files[normpath(place + path.removeprefix(source))] = {**file, "step": image.step}
        for packages in stage.packages:
            if f"{packages['place']}/".startswith(f"{source}/".replace("//", "/")):
                moved = normpath(place + packages["place"].removeprefix(source))
                image.packages.append({**packages, "place": moved, "step": image.step})


def _found(source: str) -> Iterator[tuple[str, str]]:
    """The files of the context that a source of ``COPY`` means, and for those in a folder, the path below it."""
    pattern = [part for part in normpath(source).split("/") if part not in ("", ".")]
    for file in CONTEXT:
        parts = file.split("/")
        if len(parts) >= len(pattern) and all(map(fnmatchcase, parts, pattern)):
            yield file, "/".join(parts[len(pattern) :])


def _run(image: Image, one: dict, _: dict[str, Image]) -> None:
    text = shlex.join(one["value"]) if isinstance(one["value"], list) else one["value"]
    mounts = [dict(_pairs(value.replace(",", " "))) for flag, value in one["flags"] if flag == "mount"]
    bound = {}
    for mount in mounts:
        if mount.get("type", "bind") == "bind" and "from" not in mount:
            place = join(image.workdir, mount.get("target", mount.get("dst", ".")))
            for file, below in _found(mount.get("source", mount.get("src", "."))):
                bound[normpath(join(place, below))] = file
    present = bound | {path: file["from"] for path, file in image.files.items()}
    cached = any(mount.get("type") == "cache" for mount in mounts)
    image.environments += environments_in(text, image.env, image.workdir)
    for install in installs_in(text, image.env, image.workdir, present):
        install["is_made"] = install["is_made"] or install["place"] in image.environments
        install["keeps_cache"] = install["keeps_cache"] and not cached
        image.installs.append(install)
        image.packages.append({"place": install["place"], "made_at": install["place"], "step": image.step})
    for words in commands(text):
        image.tools += installed_tools(words)
        image.users += words[1:] if words[0] in ("useradd", "adduser") else []
        owner, places = owned(words)
        for path in image.files:
            if any(f"{path}/".startswith(normpath(join(image.workdir, place)) + "/") for place in places):
                image.files[path]["owner"] = owner


def _set_env(image: Image, one: dict, _: dict[str, Image]) -> None:
    for name, value in _pairs(one["value"]):
        image.env[name] = substituted(value, image.env)


def _set_workdir(image: Image, one: dict, _: dict[str, Image]) -> None:
    image.workdir = normpath(join(image.workdir, substituted(one["value"], image.env)))


def _set_user(image: Image, one: dict, _: dict[str, Image]) -> None:
    image.user = substituted(one["value"], image.env)


def _set_entrypoint(image: Image, one: dict, _: dict[str, Image]) -> None:
    image.entrypoint, image.command = one["value"], ""


def _set_command(image: Image, one: dict, _: dict[str, Image]) -> None:
    image.command = one["value"]


def _set_health(image: Image, one: dict, _: dict[str, Image]) -> None:
    kind, _, test = one["value"].partition(" ") if isinstance(one["value"], str) else ("", "", "")
    image.health = {"test": json_list(test.strip()), **dict(one["flags"])} if kind.upper() == "CMD" else None


def _nothing(image: Image, one: dict, _: dict[str, Image]) -> None:
    """An instruction that changes nothing that the checks look at."""


STEPS = {
    "COPY": _copy,
    "ADD": _copy,
    "RUN": _run,
    "ENV": _set_env,
    "ARG": lambda image, one, _: [image.env.setdefault(*pair) for pair in _pairs(one["value"])],
    "WORKDIR": _set_workdir,
    "USER": _set_user,
    "ENTRYPOINT": _set_entrypoint,
    "CMD": _set_command,
    "EXPOSE": lambda image, one, _: image.exposed.extend(one["value"].split()),
    "HEALTHCHECK": _set_health,
}


def _argv(image: Image) -> Iterator[str]:
    """The words of the command that a container starts with, including any shell in front."""
    if isinstance(image.entrypoint, str) and image.entrypoint:
        yield from ("/bin/sh", "-c", image.entrypoint)
        return
    yield from image.entrypoint
    if isinstance(image.command, str) and image.command:
        yield from ("/bin/sh", "-c", image.command)
        return
    yield from image.command


def _words(value: str | list[str], image: Image) -> list[str]:
    words = value if isinstance(value, list) else shlex.split(value)
    if len(words) < 2:
        raise ValueError("expected what to copy and where to")
    return [substituted(word, image.env) for word in words]


def _pairs(value: str) -> Iterator[tuple[str, str]]:
    """``A=b C="d e"``, or the old ``A b``."""
    words = shlex.split(value)
    if words and "=" not in words[0]:
        yield words[0], " ".join(words[1:])
        return
    for word in words:
        name, _, content = word.partition("=")
        yield name, content
