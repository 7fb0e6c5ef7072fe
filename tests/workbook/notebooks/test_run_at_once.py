"""`workbook run`: which notebooks wait for which, what runs after a failure, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.workbook.notebooks.notebook_files import write_notebook
from tests.workbook.test_cli import one_line_error, workbook

PATIENCE_SECONDS = 300  # against hanging, on whatever machine; nothing that goes well waits for it
HEAD = "import os, time; os.chdir('..'); from pathlib import Path"
WAIT_FOR = """
deadline = time.monotonic() + {seconds}
while not Path("work/{name}").exists():
    assert time.monotonic() < deadline, "nobody made {name}"
    time.sleep(0.02)
"""


def writes(name: str) -> str:
    return f"Path('work/{name}').write_text('{name}')"


def waits(name: str, seconds: float = PATIENCE_SECONDS) -> str:
    return WAIT_FOR.format(name=name, seconds=seconds)


def flow(needs: str = "", makes: str = "") -> dict:
    return {"needs": needs.split(), "makes": makes.split()}


@pytest.fixture
def notebooks(course, data) -> Path:
    return course / "notebooks"


def results(course: Path) -> dict[str, dict]:
    """The outcome of each notebook of the last run, by its number."""
    outcomes = json.loads((course / "work" / "run" / "report.json").read_text())
    return {outcome["notebook"][:2]: outcome for outcome in outcomes}


def errors(course: Path) -> dict[str, str | None]:
    return {number: outcome["error"] for number, outcome in results(course).items()}


def test_two_that_do_not_need_each_other_run_at_once(notebooks, course):
    write_notebook(notebooks / "01_a.ipynb", HEAD, writes("a"), waits("b"), flow=flow(makes="a"))
    write_notebook(notebooks / "02_b.ipynb", HEAD, writes("b"), waits("a"), flow=flow(makes="b"))
    result = workbook("run")
    assert result.returncode == 0, result.stdout
    assert [artifact["path"] for artifact in results(course)["01"]["artifacts"]] == ["a"]
    assert [artifact["path"] for artifact in results(course)["02"]["artifacts"]] == ["b"]


def test_with_one_job_they_run_one_after_the_other(notebooks, course):
    write_notebook(notebooks / "01_a.ipynb", HEAD, waits("b", seconds=3), flow=flow())
    write_notebook(notebooks / "02_b.ipynb", HEAD, writes("b"), flow=flow(makes="b"))
    assert workbook("run", "--jobs", "1").returncode == 1
    assert errors(course) == {"01": "cell 2: AssertionError: nobody made b", "02": None}


def test_a_notebook_waits_for_whoever_makes_what_it_needs(notebooks, course):
    # A link to nowhere is like a file that goes away while the run looks what is new.
    link = "Path('work/link').symlink_to('nowhere')"
    write_notebook(notebooks / "01_a.ipynb", HEAD, "time.sleep(1)", link, writes("deep/a"), flow=flow(makes="deep/*"))
    write_notebook(notebooks / "02_b.ipynb", HEAD, waits("deep/a", seconds=0), flow=flow(needs="deep/a"))
    (course / "work" / "deep").mkdir(parents=True)
    result = workbook("run")
    assert result.returncode == 0, result.stdout


def test_one_that_declares_nothing_runs_alone(notebooks, course):
    write_notebook(notebooks / "01_a.ipynb", HEAD, "time.sleep(1)", writes("a"), flow=flow(makes="a"))
    write_notebook(notebooks / "02_b.ipynb", HEAD, waits("a", seconds=0), "time.sleep(1)", writes("b"))
    write_notebook(notebooks / "03_c.ipynb", HEAD, waits("b", seconds=0), flow=flow())
    result = workbook("run")
    assert result.returncode == 0, result.stdout
    assert [artifact["path"] for artifact in results(course)["02"]["artifacts"]] == ["b"]


def test_after_a_failure_all_that_does_not_need_the_failed_one_still_runs(notebooks, course):
    write_notebook(notebooks / "01_a.ipynb", "1 / 0", flow=flow(makes="a"))
    write_notebook(notebooks / "02_b.ipynb", HEAD, writes("b"), flow=flow(needs="a", makes="b"))
    write_notebook(notebooks / "03_c.ipynb", HEAD, writes("c"), flow=flow(needs="b"))
    write_notebook(notebooks / "04_d.ipynb", HEAD, writes("d"), flow=flow(makes="d"))
    assert workbook("run").returncode == 1
    assert errors(course) == {
        "01": "cell 1: ZeroDivisionError: division by zero",
        "02": "not run, because it needs 01_a.ipynb",
        "03": "not run, because it needs 02_b.ipynb",
        "04": None,
    }
    assert results(course)["02"]["seconds"] is None


def test_from_goes_on_where_a_run_failed(notebooks, course):
    for number in ("01", "02", "03"):
        write_notebook(notebooks / f"{number}_it.ipynb", HEAD, writes(number), flow=flow(makes=number))
    assert workbook("run", "--from", "2").returncode == 0
    assert [*results(course)] == ["02", "03"]
    assert workbook("run", "01", "03", "--from", "02").returncode == 0
    assert [*results(course)] == ["03"]
    assert "no notebook 09" in one_line_error(workbook("run", "--from", "9"))
    assert "none of the notebooks 01 comes after it" in one_line_error(workbook("run", "01", "--from", "2"))


@pytest.mark.parametrize("wrong", [["a"], {"needs": "a", "makes": 1}, {"need": []}, {"needs": [1], "makes": []}])
def test_metadata_that_say_it_wrongly_are_refused(notebooks, course, wrong):
    write_notebook(notebooks / "01_a.ipynb", "1", flow=wrong)
    assert "01_a.ipynb: its metadata 'workbook' must be like" in one_line_error(workbook("run"))


def test_a_kernel_that_dies_is_a_failure_like_others(notebooks, course):
    write_notebook(notebooks / "01_a.ipynb", "import os; os._exit(1)", flow=flow())
    write_notebook(notebooks / "02_b.ipynb", "1", flow=flow())
    result = workbook("run")
    assert result.returncode == 1
    assert "failed:   01_a.ipynb: Kernel died" in result.stdout
    assert errors(course)["02"] is None


# Each notebook starts a process of its own, as lessons start servers, and says when it and itself are there.
SERVES = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep({seconds})"])
Path("work/{name}.new").write_text(f"{{os.getpid()}} {{child.pid}}")
Path("work/{name}.new").rename("work/{name}")
"""
OBEYS = f"time.sleep({3 * PATIENCE_SECONDS})"
DISOBEYS = f"""
deadline = time.monotonic() + {3 * PATIENCE_SECONDS}
while time.monotonic() < deadline:
    try:
        time.sleep(1)
    except KeyboardInterrupt:
        pass
"""


def started(name: str) -> list[psutil.Process]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not Path("work", name).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return [psutil.Process(int(pid)) for pid in Path("work", name).read_text().split()]


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that do not go. One that has been killed is gone only once it has had a processor to end on."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := [process for process in processes if runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="there, a test cannot press Ctrl-C for one process alone")
@pytest.mark.parametrize(("signum", "cell"), [(signal.SIGINT, DISOBEYS), (signal.SIGTERM, OBEYS)])
def test_interrupted_it_leaves_no_process_behind_and_writes_its_report(notebooks, course, signum, cell):
    for name, last in (("a", OBEYS), ("b", cell)):
        serves = SERVES.format(name=name, seconds=3 * PATIENCE_SECONDS)
        write_notebook(notebooks / f"01_{name}.ipynb", HEAD, serves, last, flow=flow())
    write_notebook(notebooks / "02_c.ipynb", "1", flow=flow())
    run = subprocess.Popen(
        [sys.executable, "-m", "workbook", "run"], env={**os.environ, "NO_COLOR": "1"}, stdout=subprocess.PIPE
    )
    try:
        processes = [*started("a"), *started("b")]
        run.send_signal(signum)
        printed = run.communicate(timeout=PATIENCE_SECONDS)[0].decode()
    finally:
        run.kill()  # if it has not ended by itself; its kernels end with it
    assert run.returncode == 1
    assert survivors(processes) == [], "an interrupted run must end the kernels and what they started"
    assert "failed:   01_a.ipynb: interrupted" in printed
    assert "Traceback" not in printed
    outcomes = json.loads(Path("work/run/report.json").read_text())
    assert [outcome["error"] for outcome in outcomes] == ["interrupted", "interrupted", "not run"]
