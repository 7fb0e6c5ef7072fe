"""The layers: each made once, over the course's environment, and again when it is not what it should be.

Those made here have one small package; the real ones are made by the tests of the pipelines and of the manifests.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from rich.console import Console

from tests.conftest import ROOT
from workbook.errors import UserError
from workbook.setup import layer
from workbook.setup.doctor import ENGINES_LOCK, LOCK, pinned_versions

# What the engines' versions of packages do not satisfy, and who asks: no step of the pipeline uses those.
NOT_USED = {"locust"}
UNSATISFIED = """
import importlib.metadata as metadata, json
from packaging.requirements import Requirement
first = {}
for each in metadata.distributions():
    first.setdefault(each.metadata["Name"].lower(), each)
asked = [(name, Requirement(one)) for name, each in first.items() for one in each.requires or ()]
asked = [(name, one) for name, one in asked if not one.marker or one.marker.evaluate({"extra": ""})]
print(json.dumps([[name, str(one)] for name, one in asked
    if not one.specifier.contains(metadata.version(one.name), prereleases=True)]))
"""


@pytest.fixture
def short(course):
    """A course whose engines are one small package, in another version than the course's own."""
    (course / LOCK).write_text("iniconfig==2.3.0\n")
    (course / ENGINES_LOCK).parent.mkdir(parents=True)
    (course / ENGINES_LOCK).write_text("iniconfig==2.1.0\n")
    return course


def made(course) -> str:
    """What was printed while it was made: nothing, if it was there."""
    printed = io.StringIO()
    layer.ensure(course, Console(file=printed))
    return printed.getvalue()


def test_its_own_packages_come_first_then_the_courses_and_it_is_made_once(short):
    (short / "work" / "engines").mkdir(parents=True)
    (short / "work" / "engines" / "half").write_text("of one that was stopped")
    assert "packages" in made(short)
    code = "import importlib.metadata as m, numpy, workbook; print(m.version('iniconfig'), numpy.__file__)"
    python = layer.ready_python(short)
    printed = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert printed[0] == "2.1.0" and printed[1].startswith(sys.prefix)
    assert not (short / "work" / "engines" / "half").exists()
    assert made(short) == ""
    (short / ENGINES_LOCK).write_text("iniconfig==2.0.0\n")
    assert layer.ready_python(short) is None and "not made" in layer.finding(short).found
    assert "packages" in made(short)
    assert "ready" in layer.finding(short).found


def test_without_a_network_it_is_made_from_a_wheelhouse_or_says_so(short, monkeypatch):
    wheels = short / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", wheels, "iniconfig==2.1.0"]
    subprocess.run(command, check=True)
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=r"^pip: .*iniconfig==2\.1\.0.*WHEELHOUSE=FOLDER"):
        made(short)
    assert layer.ready_python(short) is None
    monkeypatch.setenv("WHEELHOUSE", str(wheels))
    assert "packages" in made(short)


@pytest.mark.parametrize("lock", [one.lock for one in layer.LAYERS])
def test_a_layers_lock_has_only_what_is_different(lock):
    pinned = pinned_versions(ROOT / lock)
    assert set(pinned.items()) & set(pinned_versions(ROOT / LOCK).items()) == set()
    asked = [Requirement(line.partition(" #")[0]) for line in (ROOT / lock).with_suffix(".in").read_text()
             .splitlines() if not line.startswith("#")]  # fmt: skip
    assert asked and [one.name for one in asked if not one.specifier.contains(pinned[one.name])] == []


def test_with_the_engines_versions_every_package_has_what_it_asks_for(engines):
    done = subprocess.run([engines, "-c", UNSATISFIED], capture_output=True, text=True, check=True)
    assert {name for name, _ in json.loads(done.stdout)} <= NOT_USED
