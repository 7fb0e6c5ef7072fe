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
    likely="no tag, `latest`, or two Pythons: an environment of one does not run in another",
    read=SLIM,
)
def test_the_base_is_named_with_its_version(student: Student):
    """Every stage is built on a Python whose version is named"""
    bases = image(student, 1)["bases"]
    versions = [re.search(r":(\d+\.\d+)|@sha256:", base) for base in bases]
    expect(all(versions), DOCKERFILE, "a version behind each FROM, as in python:3.11-slim", bases)
    others = [base for base in bases if not re.search(r"(^|/)python[:@]", base)]
    expect(not others, DOCKERFILE, "the image `python`, as in python:3.11-slim", others, fits=False)
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
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none", fits=False)
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
    """What pip has fetched is not kept a second time"""
    installs = image(student, 1)["all_installs"]
    kept = [install["requirements"] or install["names"] for install in installs if install["keeps_cache"]]
    right = installs and not kept
    expect(
        right, DOCKERFILE, "an installation without pip's cache, or with a cache outside of the image", kept or "none"
    )


@check(task=1, points=1, likely="one place is spelled in two ways, or `&&` is missing between two commands", read=SLIM)
def test_the_environment_is_made_and_used(student: Student):
    """pip installs into an environment that was made, in a stage that is found, and its failure stops the build"""
    made = image(student, 1)
    installs = made["all_installs"]
    expect(installs, DOCKERFILE, "a RUN that installs packages with pip or uv", "none", fits=False)
    nowhere = [install["place"] for install in installs if not install["is_made"]]
    expect(not nowhere, DOCKERFILE, "an environment that a command before has made", f"none at {nowhere}")
    unnoticed = [install["requirements"] or install["names"] for install in installs if install["goes_on"]]
    expect(not unnoticed, DOCKERFILE, "a build that stops where pip fails: `&&`, or `set -e`", f"goes on: {unnoticed}")
    unknown = made["unknown_stages"]
    expect(not unknown, DOCKERFILE, "a stage under the name by which COPY --from asks", f"none called {unknown}")
