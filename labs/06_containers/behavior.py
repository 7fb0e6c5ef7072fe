"""What `workbook diff 06` compares: what the image would be and do, and what the services would get."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from workbook.labs.checks.assertions import Student

NO_TASK = 0  # whatever is still to do: the rest can be compared
IMAGE = {
    "built on": lambda image: image["bases"],
    "starts with": lambda image: " ".join(image["argv"]),
    "runs as": lambda image: image["user"] or "root",
    "packages in": lambda image: sorted({one["place"] for one in image["packages"]}),
    "there when pip runs": lambda image: [install["present"] for install in image["all_installs"]],
    "checks its health with": lambda image: image["health"],
    "server in": lambda image: [path for path, file in image["files"].items() if file["from"] == "server/api.py"],
    "files in all": lambda image: sorted(image["files"]),
}
SERVICE = (
    *("build", "ports", "memory", "cpus", "processes", "read_only", "in_memory", "capabilities_dropped"),
    *("security", "restart", "waits_for", "environment", "volumes"),
)


def behavior(student: Student) -> Iterator[tuple[str, Callable]]:
    """A name for each fact, and a call that finds it."""
    for name, fact in IMAGE.items():
        yield f"image: {name}", partial(_of_image, student, fact)
    for service in ("server", "jupyter"):
        for name in SERVICE:
            yield f"{service}: {name.replace('_', ' ')}", partial(_of_service, student, service, name)


def _of_image(student: Student, fact: Callable) -> object:
    return fact(student.call("image_driver:image", NO_TASK))


def _of_service(student: Student, service: str, name: str) -> object:
    return student.call("service_driver:service", service, NO_TASK, {})[name]
