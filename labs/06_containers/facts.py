"""What the checks of lab 06 take from the facts that the drivers find."""

from __future__ import annotations

import re

from workbook.labs.checks.assertions import Student, returned
from workbook.servers.containers import SOURCE

DOCKERFILE = "server.Dockerfile"
PYTHON = re.compile(r"(.*/)?python(3(\.\d+)?)?")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def image(student: Student, task: int) -> dict:
    return returned(student, DOCKERFILE, "a Dockerfile", "image_driver:image", task)


def paths_of(image: dict, source: str) -> list[str]:
    """Where in the image the files are that come from this file or folder of the course."""
    return sorted(path for path, file in image["files"].items() if f"{file['from']}/".startswith(source))


def is_code(file: str) -> bool:
    return file.startswith(("server/", "pipeline/", "workbook/", "notebooks/")) and "/models/" not in file


def packages_listed() -> set[str]:
    lines = (SOURCE / "docker" / "server.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and line[0] not in "#-"}


def option(words: list[str], name: str, default: str) -> str:
    """What follows an option, ``--name value`` or ``--name=value``."""
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
