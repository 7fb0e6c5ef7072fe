"""Each lab the whole way, as a student types it: every process is started as theirs are."""

from __future__ import annotations

import os
import re

import psutil
import pytest

from tests.labs.answers import each_lab
from tests.labs.cost import quick, spent
from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.starter import reference_files


@pytest.mark.parametrize("lab", each_lab())
def test_each_lab_as_a_student_types_it_imports_its_libraries_once(workbook, home, lab, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert workbook("start", lab.number).returncode == 0
    done = workbook("check", lab.number)
    assert done.returncode == 1, done.stderr
    assert re.search(r"together\D+0/", done.stdout)
    for name, source in reference_files(lab).items():
        (home / "work" / "labs" / lab.name / name).write_text(source)
    most = quick()
    before, imports = os.times(), ahead(lab)
    done = workbook("check", lab.number)
    assert (done.returncode, "All checks pass." in done.stdout) == (0, True), done.stdout + done.stderr
    assert ahead(lab).keys() <= imports.keys()  # those that are gone were of tests beside this one
    assert imports or not lab.preload
    # A student's process of our own would import them again; one that is forked is no child of ours.
    assert spent(before) < max([most, *imports.values()])


def ahead(lab: Lab) -> dict[int, float]:
    """The processes that have imported the lab's libraries ahead for these tests, each with its seconds of the
    processor. Those that they have forked, for tests beside this one, have the same command."""
    found = {}
    for one in psutil.process_iter(["cmdline", "cpu_times", "ppid"]):
        command = one.info["cmdline"] or []
        of_these = len(command) > 2 and command[2].startswith(os.environ["XDG_RUNTIME_DIR"])
        if of_these and tuple(command[4:]) == tuple(lab.preload):
            found[one.pid] = one.info
    return {pid: sum(info["cpu_times"][:2]) for pid, info in found.items() if info["ppid"] not in found}
