"""Every Dockerfile, linted. The steps of notebook 06 have the faults that it speaks of, and no others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_house import tracked_files

HADOLINT = Path(sys.executable).with_name("hadolint")
DOCKERFILES = sorted(str(path.relative_to(ROOT)) for path in tracked_files() if path.name.endswith("Dockerfile"))
UNCACHED, SHELL_FORM = "DL3042", "DL3025"
MEANT = {
    "docker/steps/1_naive.Dockerfile": {UNCACHED, SHELL_FORM},
    "docker/steps/2_order.Dockerfile": {UNCACHED, SHELL_FORM},
    "docker/steps/3_slim.Dockerfile": {SHELL_FORM},
    "docker/steps/4_runtime.Dockerfile": {SHELL_FORM},
}


def test_there_are_dockerfiles():
    assert set(MEANT) | {"docker/server.Dockerfile"} <= set(DOCKERFILES)


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint_finds_what_is_meant_and_nothing_else(dockerfile):
    command = [HADOLINT, "--no-fail", "--format", "json", ROOT / dockerfile]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {finding["code"] for finding in json.loads(printed)} == MEANT.get(dockerfile, set())
