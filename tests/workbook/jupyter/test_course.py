"""The list of the course, and what it knows of the student."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from tests.conftest import ROOT
from workbook.errors import UserError
from workbook.jupyter import attendance
from workbook.jupyter.course import entries, show_course, write_course
from workbook.labs.authoring.manifest import find_lab
from workbook.labs.desk.progress import note
from workbook.paths import NOTEBOOKS

NAME = "01_lifecycle.ipynb"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course as it comes, which is the current folder."""
    for name in (NOTEBOOKS, "labs", "server", "pipeline"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    return tmp_path


def entry(course: Path, name: str):
    return next(entry for entry in entries(course) if entry.name == name)


def test_everything_is_listed_in_order_with_what_it_takes(course):
    rows = entries(course)
    assert len(rows) == len([*course.glob("notebooks/*.ipynb"), *course.glob("labs/*/lab.toml")])
    assert [row.name[-2:] for row in rows] == sorted(row.name[-2:] for row in rows)
    assert [row.name for row in rows].index("Lab 02") == [row.name for row in rows].index("Notebook 02") + 1
    for row in rows:
        assert row.title and row.minutes and row.needs and not row.done


def test_what_is_linked_is_there(course):
    show_course("04")
    for row in entries(course):
        assert not row.link or (course / "work" / row.link).is_file()
    assert {row.name for row in entries(course) if not row.link} == {
        row.name for row in entries(course) if row.name.startswith("Lab") and row.name != "Lab 04"
    }


def test_a_lab_goes_from_not_started_to_done(course):
    lab = find_lab("04")
    assert entry(course, "Lab 04").standing == "not started"
    show_course("04")
    assert entry(course, "Lab 04").standing.startswith("started, 20")
    mine = lab.work / "routes.py"
    mine.write_text("# mine\n")
    show_course("04")
    assert mine.read_text() == "# mine\n"
    note(lab, "check", tasks={"1": 3})
    assert entry(course, "Lab 04").standing == "3 of 24 points"
    assert not entry(course, "Lab 04").done
    note(lab, "check", tasks={"1": 8, "2": 16})
    assert entry(course, "Lab 04").done


def test_a_lab_that_is_not_there_is_said_in_one_line(course):
    with pytest.raises(UserError, match="no lab 99; there are 02") as error:
        show_course("99")
    assert error.value._render_traceback_() == [f"error: {error.value}"]


def test_the_page_is_a_valid_notebook_with_the_list_in_it(course):
    page = nbformat.read(write_course(course), as_version=4)
    nbformat.validate(page)
    (output,) = page.cells[1].outputs
    for row in entries(course):
        assert row.title in output.data["text/plain"]
        assert row.link in output.data["text/html"]


@pytest.mark.parametrize("started_by_jupyter", [True, False])
def test_a_notebook_is_begun_and_ends_with_its_last_cell(tmp_path, started_by_jupyter, monkeypatch):
    (tmp_path / NOTEBOOKS).mkdir()
    path = Path(shutil.copy(ROOT / NOTEBOOKS / NAME, tmp_path / NOTEBOOKS))
    if started_by_jupyter:
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    last = [cell.id for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"][-1]
    manager, client = start_new_kernel(cwd=str(path.parent))
    try:

        def run(code: str, cell: str) -> tuple[bool, bool]:
            message = client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True})
            message["metadata"] = {"cellId": cell}
            client.shell_channel.send(message)
            while client.get_shell_msg(timeout=60)["parent_header"]["msg_id"] != message["header"]["msg_id"]:
                pass  # the answer to something else
            begun, ended = attendance.standing(tmp_path, NAME)
            return bool(begun), bool(ended)

        assert run("import workbook; workbook.start(tensorflow=False)", "setup") == (started_by_jupyter, False)
        assert run("1", "another") == (started_by_jupyter, False)
        assert run("1 / 0", last) == (started_by_jupyter, False)
        assert run("1", last) == (started_by_jupyter, started_by_jupyter)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_damaged_record_costs_only_the_damaged_line(course):
    show_course("04")
    record = course / "work" / "progress.jsonl"
    record.write_text('{"half": \n[1]\n7\n' + record.read_text() + json.dumps({"lab": "04"}))
    assert entry(course, "Lab 04").standing.startswith("started, 20")
