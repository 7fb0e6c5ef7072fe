"""The checks of lab 06, begun: how the student's Dockerfile installs what the server needs."""

from __future__ import annotations

import re

from facts import DOCKERFILE, image, is_code, packages_listed

from workbook.labs.checks.assertions import Student, check, expect

ORDER, SLIM = "First step: what changes least comes first", "Second step: a smaller base image"
RUNTIME = "Third step: the runtime, not the framework"


# Task 1


@check(
    task=1,
    points=1,
    likely="no tag, `latest`, or two Pythons: an environment made with one does not run with another",
    read=SLIM,
)
def test_the_base_is_named_with_its_version(student: Student):
    """Every stage is built on a Python with a stated version"""
    bases = image(student, 1)["bases"]
    versions = [re.search(r":(\d+\.\d+)|@sha256:", base) for base in bases]
    expect(all(versions), DOCKERFILE, "a version in each FROM, as in python:3.11-slim", bases)
    others = [base for base in bases if not re.search(r"(^|/)python[:@]", base)]
    expect(not others, DOCKERFILE, "the image `python`, as in python:3.11-slim", others, fits=False)
    pythons = {found[1] for found in versions if found[1]}
    expect(len(pythons) == 1, DOCKERFILE, "the same Python version in all stages", bases)
    expect("slim" in bases[-1] or "@" in bases[-1], DOCKERFILE, "an image on a slim base", bases[-1])


@check(
    task=1,
    points=2,
    likely="names without versions, or requirements.lock is not one folder above server.txt",
    read=RUNTIME,
)
def test_the_packages_are_those_of_the_lock(student: Student):
    """The packages in docker/server.txt are installed, at the lock's versions"""
    installs = image(student, 1)["all_installs"]
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none", fits=False)
    missing = [name for install in installs for name in install["missing"]]
    expect(
        not missing, DOCKERFILE, "every list that pip reads copied before, each to its place", f"not there: {missing}"
    )
    listed = [install["requirements"] for install in installs]
    extra = {name for names in listed for name in names} - {"docker/server.txt"}
    names = {re.split(r"[=<>~!\[]", name)[0].lower() for install in installs for name in install["names"]}
    expect(not extra and names <= packages_listed(), DOCKERFILE, "only what docker/server.txt lists", names | extra)
    whole = ["docker/server.txt"] in listed or names == packages_listed()
    expect(whole, DOCKERFILE, "everything that docker/server.txt lists", names or "nothing")
    free = [install["names"] for install in installs if "requirements.lock" not in install["constraints"]]
    expect(not free, DOCKERFILE, "every package, with its dependencies, at its version in requirements.lock", free)


@check(task=1, points=2, likely="code is copied before pip runs", read=ORDER)
def test_a_changed_line_of_code_installs_nothing(student: Student):
    """No code is there when the packages are installed"""
    installs = image(student, 1)["all_installs"]
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none", fits=False)
    code = sorted({file for install in installs for file in install["present"] if is_code(file)})
    expect(not code, DOCKERFILE, "requirements.lock and docker/server.txt alone, before pip runs", code)


@check(
    task=1,
    points=1,
    likely="`--no-cache-dir` is missing, and the layer is part of the image or of its cache",
    read=SLIM,
)
def test_the_cache_of_pip_is_not_kept(student: Student):
    """What pip downloads is not kept a second time"""
    installs = image(student, 1)["all_installs"]
    kept = [install["requirements"] or install["names"] for install in installs if install["keeps_cache"]]
    right = installs and not kept
    expect(right, DOCKERFILE, "an installation without pip's cache, or with a cache outside the image", kept or "none")


@check(task=1, points=1, likely="one place is spelled two ways, or `&&` is missing between two commands", read=SLIM)
def test_the_environment_is_made_and_used(student: Student):
    """pip installs into an environment that exists, in a stage that is found, and its failure stops the build"""
    made = image(student, 1)
    installs = made["all_installs"]
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none", fits=False)
    nowhere = [install["place"] for install in installs if not install["is_made"]]
    expect(not nowhere, DOCKERFILE, "an environment that an earlier command made", f"none at {nowhere}")
    unnoticed = [install["requirements"] or install["names"] for install in installs if install["goes_on"]]
    expect(not unnoticed, DOCKERFILE, "a build that stops where pip fails: `&&`, or `set -e`", f"goes on: {unnoticed}")
    unknown = made["unknown_stages"]
    expect(not unknown, DOCKERFILE, "a stage with the name in COPY --from", f"none called {unknown}")
