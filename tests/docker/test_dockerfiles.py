"""Every Dockerfile, linted, and the packages that the images get."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_house import PYPROJECT, tracked_files

HADOLINT = Path(sys.executable).with_name("hadolint")
DOCKERFILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in tracked_files()
    if path.name.endswith("Dockerfile") and path.parent.name != "wrong"  # in labs: sections, each with its mistake
)
# The steps of notebook 06 have the faults that it speaks of, and no others.
UNCACHED, SHELL_FORM = "DL3042", "DL3025"
MEANT = {
    "docker/steps/1_naive.Dockerfile": {  # The steps of notebook 06 have the faults that it speaks of, and no others.
        UNCACHED,
        SHELL_FORM,
    },
    "docker/steps/2_order.Dockerfile": {  # The steps of notebook 06 have the faults that it speaks of, and no others.
        UNCACHED,
        SHELL_FORM,
    },
    "docker/steps/3_slim.Dockerfile": {SHELL_FORM},
    "docker/steps/4_runtime.Dockerfile": {SHELL_FORM},
    # The shell steps aside by exec, and pip's cache is a mount that stays out of the image.
    "labs/06_containers/alternative/server.Dockerfile": {SHELL_FORM, "DL3042"},
}


def test_there_are_dockerfiles():
    assert set(MEANT) | {"docker/server.Dockerfile", "docker/tensorflow.Dockerfile"} <= set(DOCKERFILES)


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint_finds_what_is_meant_and_nothing_else(dockerfile):
    command = [HADOLINT, "--no-fail", "--format", "json", ROOT / dockerfile]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {finding["code"] for finding in json.loads(printed)} == MEANT.get(dockerfile, set())


def listed(name: str) -> list[str]:
    """The packages that a list in docker/ asks for."""
    lines = (ROOT / "docker" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def imported(*patterns: str) -> set[str]:
    """What the modules import that match one of the patterns, but for Python's own and the course's."""
    sources = [path.read_text() for pattern in patterns for path in ROOT.glob(pattern)]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names = plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names} - {"server", "pipeline"} - set(sys.stdlib_module_names)


# What is imported under another name, and what one gets with another package.
PACKAGES = {"PIL": "pillow", "google": "protobuf", "grpc": "grpcio", "rapidjson": "python-rapidjson"}
PACKAGES |= {"tensorflow_serving": "tensorflow-serving-api", "werkzeug": "flask", "sklearn": "scikit-learn"}
OTHER_ENGINES = {"tensorflow", "keras", "skops", "onnxruntime"}
# The loop's, and those that write ONNX files: no lab's answer imports them.
LOOP = {
    "filelock",
    "kfp",
    "metaflow",
    "mlflow",
    "onnx",
    "onnxruntime",
    "optuna",
    "pandas",
    "pandera",
    "psutil",
    "threadpoolctl",
}
SERVING = {"protobuf", "grpcio", "tensorflow-serving-api"}
SERVER = ("server/*.py", *(f"server/{room}/*.py" for room in ("contract", "page", "production")))


def test_the_students_image_has_what_the_lessons_import():
    lessons = set(PYPROJECT["project"]["optional-dependencies"]) - {"test", "docs"}
    text = (ROOT / "docker" / "tensorflow.Dockerfile").read_text()
    assert set(re.findall(r"--extra (\w+)", text)) == lessons


@pytest.mark.parametrize(
    ("name", "modules", "not_in_the_image"),
    [
        ("server.txt", SERVER, OTHER_ENGINES),
        ("labs/server.txt", (*SERVER, "server/clients/*.py"), OTHER_ENGINES | {*listed("server.txt"), *SERVING}),
        ("labs/pipeline.txt", ["pipeline/**/*.py"], LOOP | {"ai-edge-litert", "numpy", "pillow", "requests"}),
        ("model_server.txt", ["server/tensorflow_serving/**/*.py"], set()),
    ],
)
def test_a_list_has_the_packages_that_are_imported_and_no_others(name, modules, not_in_the_image):
    wanted = {PACKAGES.get(module, module.replace("_", "-")) for module in imported(*modules)}
    assert set(listed(name)) == wanted - not_in_the_image
