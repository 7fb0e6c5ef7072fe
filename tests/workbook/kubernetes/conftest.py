"""What kubectl builds of each folder: once for all tests of this folder."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.conftest import ROOT
from workbook.kubernetes.build import build, folders_in
from workbook.kubernetes.check import kubectl_beside

MANIFESTS = ROOT / "docker" / "kubernetes"
FOLDERS = [folder.relative_to(MANIFESTS).as_posix() for folder in folders_in(MANIFESTS)]


@pytest.fixture(scope="session")
def built(kubernetes_tools) -> dict[str, list[dict]]:
    """The objects of each folder. Whoever changes one takes a copy: ``fresh``."""
    return {folder: build(MANIFESTS / folder, kubectl_beside(kubernetes_tools)) for folder in FOLDERS}


@pytest.fixture
def fresh(built) -> dict[str, list[dict]]:
    return deepcopy(built)
