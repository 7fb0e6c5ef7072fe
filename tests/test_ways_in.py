"""The ways in that begin in a browser: Binder, Codespaces and Colab, as far as they can be tried without them.

What that leaves untried, docs/install.md says.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT
from tests.surroundings import link_packages
from tests.test_house import copy_tracked_files
from workbook.jupyter.colab import COLABS_OWN, needed, outdated_in_memory, versions

GUIDE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
CELL_SECONDS = 900  # against hanging


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A git repository of the course as it stands, to be cloned by its address."""
    folder = tmp_path_factory.mktemp("repository")
    copy_tracked_files(folder)
    author = ["-c", "user.name=a test", "-c", "user.email=test@localhost"]
    for command in (["init", "--quiet"], ["add", "--all"], [*author, "commit", "--quiet", "--message=all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_binder_installs_condas_file_and_then_the_data(repository):
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(repository)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    steps = result.stdout + result.stderr
    assert '--file "environment.yml"' in steps
    # environment.yml asks for the lock and for the course, so both have to be there before.
    assert steps.index("COPY --chown=0:0 src/ ${REPO_DIR}/") < steps.index('--file "environment.yml"')
    assert steps.index('--file "environment.yml"') < steps.index("RUN ./postBuild")
    assert re.search(r'ENV R2D_ENTRYPOINT="\S*/start"', steps), "what makes JupyterLab open at the course's list"


def test_binders_last_step_puts_the_data_where_keras_looks(data):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    result = subprocess.run([ROOT / "postBuild"], env=environment, capture_output=True, text=True, check=False)
    assert "complete and verified" in result.stdout, result.stderr


def test_codespaces_sets_up_as_make_does_and_opens_at_the_list(repository):
    """`devcontainer up` has been run by hand, see docs/install.md; here, that what it names is there."""
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    settings = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    target, data, page = settings["postCreateCommand"].split(" && ")
    for making in (target, settings["postAttachCommand"]):
        plan = subprocess.run([*making.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert plan.returncode == 0, plan.stderr
    assert "workbook lab --no-browser" in plan.stdout
    assert data.split() == [".venv/bin/workbook", "data"]
    python, *arguments = page.split()
    assert python == ".venv/bin/python"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *arguments], cwd=repository, env=environment, check=True)
    (first,) = settings["customizations"]["codespaces"]["openFiles"]
    assert (repository / first).is_file()
    assert settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"].endswith(
        ".venv/bin/python"
    )


def test_colab_gets_all_that_is_declared_but_its_own():
    everything = needed((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "tensorflow==2.21.*" in everything
    assert not COLABS_OWN & {re.match(r"[\w-]+", line).group() for line in everything}


def test_colab_is_told_to_restart_for_what_was_renewed_while_in_use():
    import numpy  # noqa: F401 -- Colab's sessions begin with it

    now = versions()
    assert outdated_in_memory(now) == []
    assert outdated_in_memory({**now, "numpy": "1.0", "sphinx-basic-ng": "0.1"}) == ["numpy"]


@pytest.fixture
def colab(tmp_path, monkeypatch) -> Path:
    """An empty folder, and a kernel named `colab` that has packages but not the course, as Colab's has."""
    python = link_packages(tmp_path / "venv")
    kernel = tmp_path / "kernels" / "colab"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    settings = {"argv": argv, "display_name": "colab", "language": "python", "env": {"PATH": path}}
    (kernel / "kernel.json").write_text(json.dumps(settings), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_colabs_first_cell_sets_up_and_then_the_lesson_runs(colab, repository, data):
    (cell,) = re.findall(r"```ipython3\n(REPOSITORY = .*?)```", GUIDE, re.DOTALL)
    for wanted, ours in (("https://github.com/OWNER/REPOSITORY", repository.as_uri()), ("/content", str(colab))):
        assert wanted in cell
        cell = cell.replace(wanted, ours)
    lesson = """
import workbook
from workbook.first_cell import clothes_model
workbook.start()
import keras, numpy
model = keras.models.load_model(clothes_model())
print("scores:", model.predict(numpy.zeros((1, 28, 28, 1)), verbose=0).shape)
!workbook start 04
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (cell, lesson)])
    NotebookClient(notebook, kernel_name="colab", timeout=CELL_SECONDS).execute()
    printed = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    assert "Ready" in printed[0]
    assert "scores: (1, 10)" in printed[1]
    assert "Write the inference server" in printed[1]
    assert (colab / "course" / "work" / "labs" / "04_server" / "lab.ipynb").is_file()
