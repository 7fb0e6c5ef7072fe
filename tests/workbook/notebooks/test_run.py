"""`workbook run`: order, parameters, failures and the report."""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

from tests.workbook.notebooks.notebook_files import write_notebook
from tests.workbook.notebooks.test_verify import DRAW
from tests.workbook.test_cli import one_line_error, workbook


def write_two(course: Path) -> None:
    folder = course / "notebooks"
    make = "open('work/made.txt', 'w').write(str(EPOCHS)); EPOCHS"
    here = "import os; os.chdir('..')"
    write_notebook(folder / "01_make.ipynb", here, make, parameters="EPOCHS = 20  # 1 to 1_000: as many rounds")
    write_notebook(folder / "02_use.ipynb", here, "print('made', open('work/made.txt').read())")


@pytest.fixture
def two_notebooks(course, data):
    write_two(course)
    return course


class Ran(NamedTuple):
    """One run of three notebooks, which several tests look at: the course, what was in its notebooks, what was said."""

    course: Path
    before: dict[Path, bytes]
    said: str

    @property
    def executed(self) -> Path:
        return self.course / "work" / "run"


@pytest.fixture(scope="module")
def ran(tmp_path_factory, data) -> Ran:
    course = tmp_path_factory.mktemp("course")
    (course / "notebooks").mkdir()
    write_two(course)
    write_notebook(course / "notebooks" / "03_draw.ipynb", DRAW)
    before = {path: path.read_bytes() for path in (course / "notebooks").iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(course)
        result = workbook("run", "--report", "page.html")
    assert result.returncode == 0, result.stderr
    return Ran(course, before, result.stdout)


def test_runs_in_order_and_says_where_the_results_are(ran):
    for place in (ran.executed, ran.course / "page.html"):
        assert str(place) in ran.said
    last = nbformat.read(ran.executed / "02_use.ipynb", as_version=4).cells[-1]
    assert last.outputs[0].text == "made 20\n"
    report = (ran.executed / "report.html").read_text()
    assert report.count('<span class="done">') == 3
    assert "made 20" in (ran.executed / "02_use.html").read_text()


def test_the_notebooks_themselves_are_not_touched(ran):
    assert {path: path.read_bytes() for path in (ran.course / "notebooks").iterdir()} == ran.before


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
        ("EPOCHS=0", "EPOCHS=0: expected a number from 1 to 1_000"),
        ("EPOCHS=1001", "EPOCHS=1001: expected a number from 1 to 1_000"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_runs(two_notebooks, setting, reason):
    assert reason in one_line_error(workbook("run", "-p", setting))
    assert not (two_notebooks / "work" / "run").exists()


def test_a_failure_stops_the_run_and_is_in_the_report(two_notebooks):
    write_notebook(two_notebooks / "notebooks" / "01_make.ipynb", "1", "raise ValueError('the [bold] reason')")
    result = workbook("run")
    assert result.returncode == 1
    assert "failed:   01_make.ipynb: cell 2: ValueError: the [bold] reason" in result.stdout
    report = (two_notebooks / "work" / "run" / "report.html").read_text()
    assert "the [bold] reason" in report
    assert "not run" in report


def test_the_report_tells_what_failed_and_what_was_written(two_notebooks):
    # The second would be credited with anything that is new in work/: what the first wrote is not.
    flow = {"needs": ["made.txt"], "makes": ["*"]}
    halve = "def halve(x):\n    return x / 0\n\n\nhalve(len('<b>'))"
    write_notebook(two_notebooks / "notebooks" / "02_use.ipynb", "1", "2", halve, flow=flow)
    page = two_notebooks / "for_ci" / "page.html"
    result = workbook("run", "--report", str(page))
    assert str(page) in result.stdout
    outcomes = json.loads((two_notebooks / "work" / "run" / "report.json").read_text())
    assert [outcome["notebook"] for outcome in outcomes] == ["01_make.ipynb", "02_use.ipynb"]
    assert [outcome["error"] for outcome in outcomes] == [None, "cell 3: ZeroDivisionError: division by zero"]
    assert all(outcome["seconds"] > 0 for outcome in outcomes)
    sha256 = hashlib.sha256(b"20").hexdigest()
    assert outcomes[0]["artifacts"] == [{"path": "made.txt", "bytes": 2, "sha256": sha256}]
    assert outcomes[1]["artifacts"] == []
    for written in (page, two_notebooks / "work" / "run" / "report.html"):
        text = html.unescape(written.read_text())
        assert "1 done, 1 failed" in text
        assert "cell 3: ZeroDivisionError: division by zero" in text
        assert "halve(len('<b>'))</pre>" in text  # the cell
        assert "----> 2     return x / 0" in text  # its traceback, without colors
        assert "made.txt" in text
        assert sha256 in text


def test_the_page_for_ci_stands_alone_while_the_other_links_the_notebooks(ran):
    page = (ran.course / "page.html").read_text()
    assert "3 done" in page
    assert re.findall(r"href|src=|url\(|@import|<script", page) == []
    linked = (ran.executed / "report.html").read_text()
    assert re.findall(r'href="(.*?)"', linked) == ["01_make.html", "02_use.html", "03_draw.html"]


def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(two_notebooks):
    before = (two_notebooks / "notebooks" / "01_make.ipynb").read_bytes()
    error = one_line_error(workbook("run", "--report", "notebooks/01_make.ipynb"))
    assert "ends in .html" in error
    assert (two_notebooks / "notebooks" / "01_make.ipynb").read_bytes() == before
    (two_notebooks / "folder.html").mkdir()
    assert "Is a directory" in one_line_error(workbook("run", "--report", "folder.html"))
    assert not (two_notebooks / "work").exists()


def test_pictures_keep_their_alternative_text_in_the_report(ran):
    assert 'alt="Three bars"' in (ran.executed / "03_draw.html").read_text()
