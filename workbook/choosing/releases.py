"""When did a package last have a release? Asked of the registries that pip and npm would ask."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date, datetime
from urllib.parse import quote

import requests
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version
from pip._internal.models.index import PyPI

from workbook.errors import UserError

SECONDS = 30


def last_release(package: str) -> date:
    """The day of the newest upload of a final release. ``package`` is ``pypi:NAME`` or ``npm:NAME``.

    Raises UserError if the registry does not answer, or does not tell the times of its uploads.
    """
    registry, _, name = package.partition(":")
    try:
        return {"pypi": of_pypi, "npm": of_npm}[registry](name)
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{package}: its registry did not say when it was released ({error})") from error


def of_pypi(name: str) -> date:
    """By the simple repository API as JSON (PEP 691), in which files have their ``upload-time`` (PEP 700)."""
    index = os.environ.get("PIP_INDEX_URL", PyPI.simple_url).rstrip("/")
    files = ask(f"{index}/{name}/", "application/vnd.pypi.simple.v1+json")["files"]
    return max(day(file["upload-time"]) for file in files if final(file["filename"]) and not file.get("yanked"))


def of_npm(name: str) -> date:
    """By the registry's document of the package: its ``latest`` is the newest final release."""
    document = ask(f"{npm_registry()}/{quote(name, safe='@')}", "application/json")
    return day(document["time"][document["dist-tags"]["latest"]])


def npm_registry() -> str:
    """The address that npm would ask. Raises UserError if there is no npm, and none is set."""
    if address := os.environ.get("NPM_CONFIG_REGISTRY"):
        return address.rstrip("/")
    if (npm := shutil.which("npm")) is None:
        raise UserError("there is no npm to say where its registry is: install it, or set NPM_CONFIG_REGISTRY")
    told = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=True)
    return told.stdout.strip().rstrip("/")


def ask(url: str, accept: str) -> dict:
    answer = requests.get(url, headers={"Accept": accept}, timeout=SECONDS)
    answer.raise_for_status()
    return answer.json()


def final(filename: str) -> bool:
    try:
        version: Version = (
            parse_wheel_filename(filename)[1] if filename.endswith(".whl") else parse_sdist_filename(filename)[1]
        )
    except (InvalidWheelFilename, InvalidSdistFilename):
        return False  # an egg or an installer of long ago
    return not version.is_prerelease


def day(text: str) -> date:
    return datetime.fromisoformat(text).date()
