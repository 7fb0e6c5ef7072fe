"""Each lab's notebook runs to its end twice: with the reference filled in, and with the starter.

On a push, only for one lab of each kind; test_certificate.py grades every reference by the same checks.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import papermill
import pytest

from tests.conftest import ROOT
from tests.labs.answers import LABS, NAMES, each_lab
from workbook.labs.authoring.starter import reference_files, starter_files
from workbook.labs.desk.student_folder import NOTEBOOK


@pytest.fixture(params=LABS, ids=NAMES)
def lab(request):
    return request.param


@pytest.fixture
def student(tmp_path: Path, lab) -> Path:
    """The student's folder in a course of its own."""
    for name in ("notebooks", "labs", "server", "pipeline", "docker"):
        (tmp_path / name).symlink_to(ROOT / name)
    folder = tmp_path / "work" / "labs" / lab.name
    folder.mkdir(parents=True)
    return folder


def run(lab, folder: Path, files: dict[str, str]) -> str:
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")
    done = folder / "done.ipynb"
    papermill.execute_notebook(lab.folder / NOTEBOOK, done, kernel_name="python3", cwd=folder, progress_bar=False)
    outputs = [output for cell in nbformat.read(done, as_version=4).cells for output in cell.get("outputs", [])]
    text = "\n".join(output.get("text") or output["data"]["text/plain"] for output in outputs)
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.mark.parametrize("lab", each_lab())
def test_with_the_reference_every_check_passes(lab, student):
    text = run(lab, student, reference_files(lab))
    assert "All checks pass." in text
    assert not re.search(r"failed|to do|broken|Come back|Traceback", text)


@pytest.mark.parametrize("lab", each_lab())
def test_with_the_starter_it_says_what_is_to_do(lab, student):
    text = run(lab, student, starter_files(lab))
    assert "passed" not in text
    for task in lab.tasks:
        assert f"Next: task {task.number}, " in text
    assert re.search(r"together\D+0/\d+", text)
    assert "Come back" in text


def test_every_task_has_its_section_and_its_check(lab):
    cells = nbformat.read(lab.folder / NOTEBOOK, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    for task in lab.tasks:
        assert f"\n## Task {task.number}: {task.title}\n" in f"\n{prose}\n"
        assert f"lab.check(task={task.number})" in code
    for phrase in ("you will do", "you will learn", "you need", "minutes", "Stop and think", "went wrong"):
        assert phrase in prose
    assert prose.count("<details><summary>Answer</summary>\n\n") == prose.count("</details>") >= 1
    assert not [cell for cell in cells if cell.cell_type == "code" and cell.outputs]
