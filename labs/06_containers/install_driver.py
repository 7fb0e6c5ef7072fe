"""What the commands of a ``RUN`` do, as far as it matters here: what they install, and who then owns which files."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from posixpath import join, normpath
from typing import TypedDict

from config_files import substituted

SEPARATORS = re.compile(r"&&|\|\||[;|\n]")
ASSIGNMENT = re.compile(r"^(\w+)=(.*)$")
PIPS = re.compile(r"^(.*/)?(pip3?(\.\d+)?|uv)$")
PYTHON = re.compile(r"^(.*/)?python(3(\.\d+)?)?$")
SYSTEM = "/usr/local"
ELSEWHERE = {"--user", "--target", "-t", "--prefix"}  # folders, and no environments
TOOLS = {"pip", "setuptools", "wheel", "uv"}
VALUED = {
    "-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints", "-t", "--target", "--prefix",
    "--python", "-p", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--root", "--only-binary",
    "--no-binary", "--platform", "--cache-dir", "--timeout", "--retries", "--index",
}  # fmt: skip


class Install(TypedDict):
    """One ``pip install``: its arguments, which files of the course were there, and where it puts the packages.

    ``requirements`` and ``constraints`` are files of the course; ``missing`` are files that it names but that are not
    there. ``is_made``: its place needs no environment. ``goes_on``: the build goes on if it fails.
    """

    names: list[str]
    requirements: list[str]
    constraints: list[str]
    missing: list[str]
    present: list[str]
    place: str
    is_made: bool
    goes_on: bool
    keeps_cache: bool


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command in a line of a shell."""
    for part in SEPARATORS.split(text):
        try:
            words = shlex.split(part)
        except ValueError:  # a quote that does not end
            words = part.split()
        if words:
            yield words


def installs_in(text: str, env: Mapping[str, str], workdir: str, present: Mapping[str, str]) -> Iterator[Install]:
    """Every ``pip install`` in a ``RUN``; ``present`` maps the paths of the image to the course's files."""
    variables, venv = dict(env), _venv_on_path(env)
    thrown_away = "rm" in text and ".cache" in text
    for written in commands(text):
        command = [substituted(word, variables) for word in written]
        assigned = [
            pair.groups() for pair in map(ASSIGNMENT.match, itertools.takewhile(ASSIGNMENT.match, command)) if pair
        ]
        variables.update(assigned)
        words = command[len(assigned) :]
        if words and words[-1].endswith("/bin/activate"):
            venv = normpath(join(workdir, words[-1].removesuffix("/bin/activate")))
        if _is_install(words):
            install = _install(words, workdir, present)
            install["place"] = normpath(join(workdir, _place(words, venv, variables)))
            install["is_made"] = install["place"] == SYSTEM or bool(ELSEWHERE & set(words))
            install["goes_on"] = _goes_on(text)
            no_cache = {"--no-cache-dir", "--no-cache", "-n"} & set(words)
            told = variables.get("PIP_NO_CACHE_DIR") or variables.get("UV_NO_CACHE")
            install["keeps_cache"] = not (no_cache or told or thrown_away)
            if set(install["names"]) - TOOLS or install["requirements"] or install["missing"]:
                yield install


def environments_in(text: str, env: Mapping[str, str], workdir: str) -> Iterator[str]:
    """The virtual environments that a ``RUN`` makes: ``python -m venv``, ``virtualenv`` or ``uv venv``."""
    for command in commands(text):
        words = [substituted(word, env) for word in command if not ASSIGNMENT.match(word)]
        start = next((at for at, word in enumerate(words) if word in ("venv", "virtualenv")), -1)
        by_python = start > 1 and words[start - 1] == "-m" and PYTHON.match(words[0])
        if by_python or words[:start] == ["uv"] or (start == 0 and words[0] == "virtualenv"):
            places = [word for word in words[start + 1 :] if not word.startswith("-")]
            yield normpath(join(workdir, places[-1] if places else ".venv"))


def _is_install(words: list[str]) -> bool:
    """Whether it is ``pip install``, ``python -m pip install`` or ``uv pip install``, with options between."""
    if "install" not in words:
        return False
    start = next((at for at, word in enumerate(words) if PIPS.match(word)), len(words))
    by_python = start > 1 and words[start - 1] == "-m" and PYTHON.match(words[0])
    between = iter(words[start + 1 : words.index("install")])
    for word in between:
        if word in VALUED:
            next(between, "")
        elif not word.startswith("-") and word != "pip":
            return False
    return start == 0 or bool(by_python)


def _goes_on(text: str) -> bool:
    """Whether a ``RUN`` goes on if pip fails, because what follows is not tied to it by ``&&``."""
    if re.search(r"\bset -\w*e", text):
        return False
    after = re.split(r"\binstall\b", text)[-1]
    return bool(re.search(r"(?<!\\)(;|\|\|?)\s*(?!exit [1-9])\S", after))


def installed_tools(words: list[str]) -> list[str]:
    """What a command takes from the system's packages."""
    takes = {"apt-get", "apt", "apk"} & set(words) and {"install", "add"} & set(words)
    return words if takes else []


def owned(words: list[str]) -> tuple[str, list[str]]:
    """The owner that ``chown`` sets, and for which paths."""
    if words[0] != "chown":
        return "", []
    plain = [word for word in words[1:] if not word.startswith("-")]
    return (plain[0], plain[1:]) if plain else ("", [])


def _install(words: list[str], workdir: str, present: Mapping[str, str]) -> Install:
    names, files = [], {"requirements": [], "constraints": []}
    rest = iter(words[words.index("install") + 1 :])
    for word in rest:
        option, _, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option in VALUED and not value:
            value = next(rest, "")
        if option in ("-r", "--requirement", "--requirements"):
            files["requirements"].append(value)
        elif option in ("-c", "--constraint", "--constraints"):
            files["constraints"].append(value)
        elif not word.startswith("-"):
            names.append(word)
    found = {kind: [_file(value, workdir, present) for value in values] for kind, values in files.items()}
    for path, file in _nested(found["requirements"], files["requirements"], workdir):
        found["constraints"].append(present.get(path, f"? {file}"))
    missing = [file[2:] for files in found.values() for file in files if file.startswith("? ")]
    known = {kind: [file for file in files if not file.startswith("? ")] for kind, files in found.items()}
    return {
        **known, "names": names, "missing": missing, "present": sorted(set(present.values())), "place": "",
        "is_made": False, "goes_on": False, "keeps_cache": True,
    }  # fmt: skip


def _nested(files: list[str], paths: list[str], workdir: str) -> Iterator[tuple[str, str]]:
    """docker/server.txt begins with ``-c ../requirements.lock``: where pip looks for that."""
    for file, path in zip(files, paths, strict=True):
        if file == "docker/server.txt":
            yield normpath(join(workdir, path, "../../requirements.lock")), "../requirements.lock"


def _file(path: str, workdir: str, present: Mapping[str, str]) -> str:
    return present.get(normpath(join(workdir, path)), f"? {path}")


def _place(words: list[str], venv: str, variables: Mapping[str, str]) -> str:
    """Where the packages end up: the folder of a virtual environment, or what an option says."""
    for option in ("--prefix", "--target", "-t", "--python", "-p"):
        for number, word in enumerate(words):
            value = word.removeprefix(f"{option}=") if word.startswith(f"{option}=") else ""
            value = value or (words[number + 1] if word == option and number + 1 < len(words) else "")
            if value:
                return re.sub(r"/bin/python[\d.]*$", "", value)
    program = next(word for word in words if "pip" in word or "python" in word or word.endswith("uv"))
    if "/bin/" in program:
        return program.partition("/bin/")[0]
    if "--user" in words:
        return join(variables.get("HOME", "/root"), ".local")
    return SYSTEM if "--system" in words else venv or SYSTEM


def _venv_on_path(env: Mapping[str, str]) -> str:
    first = env.get("PATH", "").partition(":")[0]
    return env.get("VIRTUAL_ENV") or (first.removesuffix("/bin") if first.endswith("/bin") else "")
