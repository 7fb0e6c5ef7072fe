"""The tools of review: what is looked at before a commit, and how git shows that a notebook has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.test_house import ROOT, copy_tracked_files

BIN = Path(sys.executable).parent
NOTEBOOK = "notebooks/01_lifecycle.ipynb"


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A clone of the tree as it stands, in which somebody has typed `make review`."""
    folder = tmp_path_factory.mktemp("review")
    copy_tracked_files(folder)
    call(folder, "git", "init", "--quiet")
    call(folder, "git", "add", "--all")
    call(folder, "git", "commit", "--quiet", "--message", "As it stands")
    call(folder, "make", "review", f"BIN={BIN}", "--assume-old=.venv/ready")
    return folder


def call(folder: Path, *command: str, expected: int = 0) -> str:
    """What a command prints, in an environment that is activated and has no network."""
    nobody = {f"GIT_{who}_{what}": "someone" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    own = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder / ".git"), "PYTHONPATH": str(folder)}
    environment = {**os.environ, **nobody, **nowhere, **own}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == expected, result.stdout + result.stderr
    return result.stdout


def test_switching_them_on_changes_no_file(clone):
    """nbdime would add to .gitattributes what is not there."""
    assert call(clone, "git", "status", "--porcelain") == ""


def test_every_hook_passes_on_the_repository(clone):
    printed = call(clone, "pre-commit", "run", "--all-files")
    assert printed.count("Passed") == (ROOT / ".pre-commit-config.yaml").read_text().count("- id: ")


def change(clone: Path, name: str, old: str, new: str) -> None:
    path = clone / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# Put together here, or the hooks would find them in this file.
MISSPELT = "rec" + "ieve"
FAKE_KEY = "AKIA" + "2E0A8F3B" * 2
BRITISH = "flav" + "our"

DEFECTS = {
    "ruff-check": ("server/page/blueprint.py", "import annotations\n", "import annotations\nimport os\n"),
    "ruff-format": (NOTEBOOK, "WEEKS = 12  #", "WEEKS  =  12  #"),
    "spelling": ("server/page/blueprint.py", '"""', f'"""{BRITISH} '),
    "spelling-of-notebook-prose": (NOTEBOOK, "# Follow a model", f"# {MISSPELT} a model"),
    "spelling-of-notebook-code": (NOTEBOOK, ": how long", f": {MISSPELT} how long"),
    "secrets": ("server/page/blueprint.py", '"""', f'"""{FAKE_KEY} '),
    "notebook-anatomy": (NOTEBOOK, '"execution_count": 1,', '"execution_count": 9,'),
}


@pytest.mark.parametrize("hook", DEFECTS)
def test_each_hook_finds_its_defect(clone, hook):
    name, old, new = DEFECTS[hook]
    change(clone, name, old, new)
    try:
        assert "Failed" in call(clone, "pre-commit", "run", hook, "--files", name, expected=1)
    finally:
        call(clone, "git", "checkout", "--quiet", "--", name)


def test_every_hook_has_been_seen_to_fail():
    lines = (ROOT / ".pre-commit-config.yaml").read_text().splitlines()
    assert [line.rpartition(" ")[2] for line in lines if "- id: " in line] == list(DEFECTS)


def test_a_commit_with_a_misspelt_word_is_refused(clone):
    change(clone, "README.md", "# The", f"# {MISSPELT} The")
    call(clone, "git", "commit", "--all", "--message", "Misspell", expected=1)
    call(clone, "git", "checkout", "--quiet", "--", "README.md")


def test_git_shows_cells_where_a_notebook_has_changed(clone):
    path = clone / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = notebook.cells[1].source.replace("WEEKS = 12 ", "WEEKS = 13 ")
    nbformat.write(notebook, path)
    printed = call(clone, "git", "diff", "--", NOTEBOOK)
    call(clone, "git", "checkout", "--quiet", "--", NOTEBOOK)
    assert "modified /cells/1/source" in printed
    assert "WEEKS = 13  # 2 to 520: how long" in printed
    assert '"source": [' not in printed


def test_git_shows_a_notebook_as_text_where_nothing_is_switched_on(clone, tmp_path):
    call(tmp_path, "git", "clone", "--quiet", str(clone), "other")
    change(tmp_path / "other", NOTEBOOK, "WEEKS = 12 ", "WEEKS = 13 ")
    assert '+    "WEEKS = 13 ' in call(tmp_path / "other", "git", "diff")
