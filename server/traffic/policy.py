"""The policy: one TOML file that says, for each model, where its versions are and who gets which.

``docs/traffic.md`` describes the file. Reading is strict: whatever is not understood is refused, in one line.
"""

from __future__ import annotations

import re
import stat
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from server.traffic.strict_table import PolicyError, Table, shown

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
HEADER = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-f:.]+", re.ASCII)  # a name or an address, without the brackets of IPv6
ANSWER_SECONDS = 5.0  # for a server's whole answer, if the policy says nothing else
LONGEST_SECONDS = 600.0
LARGEST_FILE = 1024 * 1024  # bytes
MOST_REQUESTS = 1_000_000_000
MOST_ERRORS = 0.5  # a larger budget is a slip: percent, or the part that must be right
ROUNDING = 1e-6  # what shares may add up to besides 1


@dataclass(frozen=True)
class OneVersion:
    """All requests go to ``version``."""

    version: int


@dataclass(frozen=True)
class Split:
    """A/B: each version gets its share, laid end to end in this order. ``key`` is the header that names the user."""

    shares: tuple[tuple[int, float], ...]
    key: str | None
    salt: str


@dataclass(frozen=True)
class Shadow:
    """``version`` answers; ``shadow`` gets a copy, whose answer is compared and thrown away."""

    version: int
    shadow: int


@dataclass(frozen=True)
class CanarySteps:
    """How a canary grows: its share is one of ``steps`` after the other.

    Each is held for ``hold_requests`` answers of the canary, and for ``hold_seconds``. Of a step's answers, at most the
    part ``error_budget`` may fail, judged from ``at_least`` answers on. One that takes longer than ``slower_than_ms``
    counts as failed, if that is given.
    """

    steps: tuple[float, ...]
    hold_requests: int
    hold_seconds: float
    error_budget: float
    at_least: int
    slower_than_ms: float | None


@dataclass(frozen=True)
class Canary:
    """``stable`` answers, but for a growing share of the requests, which ``canary`` gets. The rest: see ``Split``."""

    stable: int
    canary: int
    plan: CanarySteps
    key: str | None
    salt: str


Route = OneVersion | Split | Shadow | Canary


@dataclass(frozen=True)
class Gate:
    """Asked first: images that ``model`` labels otherwise than ``accept`` get no answer of the model behind.

    ``fail_open``: while the gate is down, images pass unseen; if not, they are refused with 503.
    """

    model: str
    accept: str
    fail_open: bool


@dataclass(frozen=True)
class ModelPolicy:
    """What is done with the requests for one model. ``versions`` maps each to its server, ``http://host:port``."""

    versions: dict[int, str]
    timeout_seconds: float
    route: Route
    gate: Gate | None


@dataclass(frozen=True)
class Policy:
    """Every model by its name. ``digest`` is the SHA-256 of the file, in hexadecimal."""

    models: dict[str, ModelPolicy]
    digest: str


def read_policy(path: Path) -> Policy:
    """Read and check a policy. Raises ``PolicyError``, whose one line begins with the name of the file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe is to wait until somebody writes to it
            raise PolicyError(f"{path}: is not a file; expected a policy")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return policy_in(data)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from error


def policy_in(data: bytes) -> Policy:
    """The policy in a file's content. Raises ``PolicyError``."""
    if len(data) > LARGEST_FILE:
        raise PolicyError(f"it is larger than a policy can be; expected at most {LARGEST_FILE:,} bytes")
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PolicyError("it is not UTF-8 text; save it as that") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise PolicyError(f"it is no TOML: {str(error) or 'too deeply nested'}") from error
    file = Table(content, "")
    models = file.table("models")
    file.done()
    policies = {name: _model(models, name) for name in models}
    if not policies:
        raise PolicyError("models: there is none; expected one table for each model, as in [models.clothes]")
    for name, policy in policies.items():
        _check_gate(name, policy, policies)
    return Policy(policies, sha256(data).hexdigest())


def _model(models: Table, name: str) -> ModelPolicy:
    if not NAME.fullmatch(name):
        raise PolicyError(f"models: {shown(name)} is no model's name; expected letters, digits, - and _")
    table = models.table(name)
    versions = _versions(table.table("versions"))
    seconds = (
        table.number("timeout_seconds", 0.001, LONGEST_SECONDS) if table.has("timeout_seconds") else ANSWER_SECONDS
    )
    route = table.table("route")
    read = {"version": _one_version, "split": _split, "shadow": _shadow, "canary": _canary}
    policy = ModelPolicy(
        versions,
        seconds,
        read[route.choice("kind", tuple(read))](route, versions),
        _gate(table.table("gate")) if table.has("gate") else None,
    )
    route.done()
    table.done()
    return policy


def _versions(table: Table) -> dict[int, str]:
    versions = {}
    for key in table:
        if not VERSION.fullmatch(key):
            raise PolicyError(f"{table.place}: {shown(key)} is no version; expected a whole number from 1")
        versions[int(key)] = _server(table, key)
    if not versions:
        raise PolicyError(f'{table.place}: there is none; expected one or more, as in 1 = "http://127.0.0.1:8001"')
    return versions


def _server(table: Table, key: str) -> str:
    expected = 'the address of a server, as in "http://127.0.0.1:8001", with nothing behind the port'
    address = table.take(key, expected, lambda value: isinstance(value, str))
    try:
        url = urlsplit(address)
        port, host = url.port, url.hostname or ""
    except ValueError as error:
        raise table.fault(key, expected) from error
    plain = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if not port or not HOST.fullmatch(host) or address.lower().rstrip("/") != plain:
        raise table.fault(key, expected)
    return plain


def _one_version(route: Table, versions: dict[int, str]) -> OneVersion:
    return OneVersion(_version(route, "version", versions))


def _version(table: Table, key: str, versions: dict[int, str]) -> int:
    there = ", ".join(map(str, versions))
    return table.take(key, f"one of the versions, {there}", lambda value: type(value) is int and value in versions)


def _split(route: Table, versions: dict[int, str]) -> Split:
    table = route.table("shares")
    shares = []
    for key in table:
        if not VERSION.fullmatch(key) or int(key) not in versions:
            raise PolicyError(
                f"{table.place}: there is no version {shown(key)}; there is {', '.join(map(str, versions))}"
            )
        shares.append((int(key), table.number(key, 0, 1)))
    total = sum(share for _, share in shares)
    if abs(total - 1) > ROUNDING:
        raise PolicyError(f"{table.place}: the shares add up to {total:g}; expected 1")
    return Split(tuple(shares), *_key_and_salt(route))


def _key_and_salt(route: Table) -> tuple[str | None, str]:
    """Of a route that is sticky; without a key each request is assigned by chance, and a salt would be for nothing."""
    if not route.has("key"):
        return None, ""
    expected = "the name of a header, as in X-User-Id"
    key = route.take("key", expected, lambda value: isinstance(value, str) and bool(HEADER.fullmatch(value)))
    return key, route.text("salt")


def _shadow(route: Table, versions: dict[int, str]) -> Shadow:
    shadow = Shadow(_version(route, "version", versions), _version(route, "shadow", versions))
    if shadow.version == shadow.shadow:
        raise route.fault("shadow", "another version than the one that answers")
    return shadow


def _canary(route: Table, versions: dict[int, str]) -> Canary:
    stable, canary = _version(route, "stable", versions), _version(route, "canary", versions)
    if stable == canary:
        raise route.fault("canary", "another version than the stable one")
    return Canary(stable, canary, _steps(route), *_key_and_salt(route))


def _steps(route: Table) -> CanarySteps:
    at_least = route.whole("at_least", 1, MOST_REQUESTS)
    return CanarySteps(
        steps=tuple(route.take("steps", "growing shares above 0 and up to 1, as in [0.01, 0.1, 1.0]", _are_steps)),
        hold_requests=route.whole("hold_requests", at_least, MOST_REQUESTS),
        hold_seconds=route.number("hold_seconds", 0, 1e9) if route.has("hold_seconds") else 0.0,
        error_budget=route.number("error_budget", 0, MOST_ERRORS),
        at_least=at_least,
        slower_than_ms=route.number("slower_than_ms", 0.001, 1e6) if route.has("slower_than_ms") else None,
    )


def _are_steps(value: object) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= 100:
        return False
    if not all(type(step) in (int, float) and 0 < step <= 1 for step in value):
        return False
    return value == sorted(set(value))


def _gate(table: Table) -> Gate:
    gate = Gate(table.text("model"), table.text("accept"), table.choice("when_down", ("refuse", "pass")) == "pass")
    table.done()
    return gate


def _check_gate(name: str, policy: ModelPolicy, models: dict[str, ModelPolicy]) -> None:
    """Raise ``PolicyError`` for a gate that is not there, or that has one itself: then a chain might have no end."""
    if policy.gate is None:
        return
    place = f"models.{name}.gate.model"
    others = ", ".join(other for other in models if other != name and models[other].gate is None)
    if policy.gate.model not in models or policy.gate.model == name:
        raise PolicyError(
            f"{place}: {shown(policy.gate.model)} is not in this policy; expected one of {others or 'more'}"
        )
    if models[policy.gate.model].gate:
        raise PolicyError(f"{place}: {policy.gate.model} has a gate itself; expected a model that has none")
