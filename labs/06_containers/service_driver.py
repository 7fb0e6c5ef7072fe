"""What a service of a compose file means, whichever form it is written in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import join, normpath

from config_files import BadFile, substituted, yaml_file
from docker.errors import DockerException
from docker.utils import parse_bytes
from docker.utils.ports import split_port
from keys_driver import faults_of, undeclared

COMPOSE = "docker/compose.yaml"


def service(name: str, task: int, variables: dict[str, str]) -> dict:
    """The service with this name if the environment has these variables; paths start at the course's folder."""
    content = yaml_file(COMPOSE, task)
    services = content.get("services")
    found = services.get(name) if isinstance(services, dict) else None
    if not isinstance(found, dict):
        raise BadFile(f"compose.yaml has no service {name} with settings")
    found = _substituted(found, variables)
    return {what: _read(name, what, found, variables, content) for what in FACTS}


def _read(name: str, what: str, *about: dict) -> object:
    """One fact. Raises ``BadFile`` if it is written in a form that compose does not know."""
    try:
        return FACTS[what](*about)
    except (ValueError, TypeError, AttributeError, DockerException) as error:
        raise BadFile(f"compose.yaml, service {name}: {what} cannot be read as it is written") from error


def _substituted(value: object, variables: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _substituted(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [_substituted(inner, variables) for inner in value]
    return substituted(value, variables) if isinstance(value, str) else value


def _build(build: object) -> dict:
    """The folder and the Dockerfile, as seen from the course's folder, and the stage."""
    if not build:
        return {}
    build = build if isinstance(build, dict) else {"context": build}
    context = normpath(join("docker", str(build.get("context", "."))))
    file = normpath(join(context, str(build.get("dockerfile", "Dockerfile"))))
    return {"context": context, "dockerfile": file, "target": build.get("target") or ""}


def _ports(entry: object) -> Iterator[dict]:
    if isinstance(entry, dict):
        yield {key: str(entry.get(name) or "") for key, name in PORT_KEYS.items()}
        return
    inside, outside = split_port(str(entry))
    for target, published in zip(inside, outside or [None] * len(inside), strict=True):
        ip, port = published if isinstance(published, tuple) else ("", published)
        yield {"target": target.partition("/")[0], "published": port or "", "ip": ip}


PORT_KEYS = {"target": "target", "published": "published", "ip": "host_ip"}


def _in_memory(found: dict) -> Iterator[str]:
    """Where file systems in memory are put."""
    for entry in _list(found, "tmpfs"):
        yield normpath(str(entry).partition(":")[0])
    for entry in _list(found, "volumes"):
        if isinstance(entry, dict) and entry.get("type") == "tmpfs":
            yield normpath(str(entry.get("target")))


def _waits_for(depends_on: object) -> Iterator[tuple[str, str]]:
    for name in depends_on:
        given = depends_on[name] if isinstance(depends_on, dict) else None
        yield str(name), str((given or {}).get("condition", "service_started"))


def _environment(given: object, variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What a container gets; a name without a value is passed through."""
    pairs = given.items() if isinstance(given, dict) else (_pair(str(entry)) for entry in given)
    for name, value in pairs:
        yield str(name), variables.get(str(name), "") if value is None else str(value)


def _pair(entry: str) -> tuple[str, str | None]:
    name, equals, value = entry.partition("=")
    return name, value if equals else None


def _volume(entry: object, declared: dict) -> dict:
    if isinstance(entry, dict):
        source, target = str(entry.get("source") or ""), str(entry.get("target"))
    else:
        first, colon, rest = str(entry).partition(":")
        source, target = (first, rest.partition(":")[0]) if colon else ("", first)
    is_path = source.startswith((".", "/", "~"))
    return {
        "source": source,
        "target": normpath(target),
        "stays": is_path or source in declared,
        "read_only": _is_read_only(entry),
    }


def _is_read_only(entry: object) -> bool:
    """Whether nothing can be written to it; what is in memory does not count."""
    if isinstance(entry, dict):
        return entry.get("read_only") in (True, "true") or entry.get("type") == "tmpfs"
    return "ro" in str(entry).split(":")[-1].split(",")


def _bytes(value: object) -> int:
    return int(parse_bytes(str(value))) if value else 0


def _list(found: dict, name: str) -> list:
    value = found.get(name) or []
    return value if isinstance(value, list) else [value]


def _in(found: dict, *names: str) -> dict:
    """The mapping at this path, or an empty one if there is none."""
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _limits(found: dict) -> dict:
    return _in(found, "deploy", "resources", "limits")


# What is asked of a service, of the environment's variables, and of all that the file declares.
FACTS: dict[str, Callable] = {
    "build": lambda found, *_: _build(found.get("build")),
    "ports": lambda found, *_: [port for entry in _list(found, "ports") for port in _ports(entry)],
    "network": lambda found, *_: found.get("network_mode") or "",
    "memory": lambda found, *_: _bytes(found.get("mem_limit") or _limits(found).get("memory")),
    "cpus": lambda found, *_: float(found.get("cpus") or _limits(found).get("cpus") or 0),
    "processes": lambda found, *_: int(found.get("pids_limit") or _limits(found).get("pids") or 0),
    "read_only": lambda found, *_: found.get("read_only") in (True, "true"),
    "in_memory": lambda found, *_: list(_in_memory(found)),
    "capabilities_dropped": lambda found, *_: [str(one).upper() for one in _list(found, "cap_drop")],
    "capabilities_added": lambda found, *_: _list(found, "cap_add"),
    "security": lambda found, *_: [str(one).replace("=", ":") for one in _list(found, "security_opt")],
    "privileged": lambda found, *_: bool(found.get("privileged")),
    "restart": lambda found, *_: str(
        found.get("restart") or _in(found, "deploy", "restart_policy").get("condition") or "no"
    ),
    "waits_for": lambda found, *_: dict(_waits_for(found.get("depends_on") or {})),
    "environment": lambda found, variables, _: dict(_environment(found.get("environment") or {}, variables)),
    "volumes": lambda found, _, content: [
        _volume(entry, content.get("volumes") or {}) for entry in _list(found, "volumes")
    ],
    "faults": lambda found, _, content: [*faults_of(found), *undeclared(found, content)],
    "health": lambda found, *_: _in(found, "healthcheck"),
    "command": lambda found, *_: found.get("command"),
}
