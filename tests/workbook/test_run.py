"""`workbook run`: order, parameters, failures and the report."""

from __future__ import annotations

import nbformat
import pytest

from tests.workbook.notebook_files import write_notebook
from tests.workbook.test_cli import one_line_error, workbook
from tests.workbook.test_verify import DRAW


@pytest.fixture
def two_notebooks(course, data):
    folder = course / "notebooks"
    make = "open('work/made.txt', 'w').write(str(EPOCHS)); EPOCHS"
    here = "import os; os.chdir('..')"
    write_notebook(folder / "01_make.ipynb", here, make, parameters="EPOCHS = 20")
    write_notebook(folder / "02_use.ipynb", here, "print('made', open('work/made.txt').read())")
    return course


def test_runs_in_order_and_says_where_the_results_are(two_notebooks):
    result = workbook("run")
    assert result.returncode == 0, result.stderr
    executed = two_notebooks / "work" / "run"
    assert str(executed / "report.html") in result.stdout
    last = nbformat.read(executed / "02_use.ipynb", as_version=4).cells[-1]
    assert last.outputs[0].text == "made 20\n"
    report = (executed / "report.html").read_text()
    assert report.count('<span class="done">') == 2
    assert "made 20" in (executed / "02_use.html").read_text()


def test_the_notebooks_themselves_are_not_touched(two_notebooks):
    before = {path: path.read_bytes() for path in (two_notebooks / "notebooks").iterdir()}
    workbook("run")
    assert {path: path.read_bytes() for path in (two_notebooks / "notebooks").iterdir()} == before


def test_fast_and_parameters_reach_the_notebook_the_later_winning(two_notebooks):
    for arguments, made in [(["--fast"], "3"), (["-p", "EPOCHS=7"], "7"), (["--fast", "-p", "EPOCHS=5"], "5")]:
        assert workbook("run", "1", *arguments).returncode == 0
        assert (two_notebooks / "work" / "made.txt").read_text() == made


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("EPOCH=3", "no notebook of this run has a parameter EPOCH; there is EPOCHS"),
        ("EPOCHS", "write NAME=VALUE"),
        ("EPOCHS=many", "expected a value like 20"),
        ("EPOCHS=2.5", "expected a value like 20"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_runs(two_notebooks, setting, reason):
    assert reason in one_line_error(workbook("run", "-p", setting))
    assert not (two_notebooks / "work" / "run").exists()


def test_a_failure_stops_the_run_and_is_in_the_report(two_notebooks):
    write_notebook(two_notebooks / "notebooks" / "01_make.ipynb", "1", "raise ValueError('the reason')")
    result = workbook("run")
    assert result.returncode == 1
    assert "failed:   01_make.ipynb: cell 2: ValueError: the reason" in result.stdout
    report = (two_notebooks / "work" / "run" / "report.html").read_text()
    assert "the reason" in report
    assert "not run" in report


def test_pictures_keep_their_alternative_text_in_the_report(course, data):
    write_notebook(course / "notebooks" / "01_draw.ipynb", DRAW)
    assert workbook("run").returncode == 0
    assert 'alt="Three bars"' in (course / "work" / "run" / "01_draw.html").read_text()
