"""A student's way through the course: JupyterLab in a real Chromium, a notebook opened and all its cells run."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from server.layout import EXTRA_FOLDER, PINNED_MODELS
from tests.conftest import ROOT
from tests.notebooks.test_anatomy import code_cells, tags
from tests.workbook.test_process import interrupt, start, wait_until_it_listens
from workbook.process import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SCREENSHOTS = ROOT / "work" / "screenshots"
LONGEST_SECONDS = 240
IDLE, BUSY = "(ipykernel) | Idle", "(ipykernel) | Busy"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 1000})
        browser.close()


@pytest.fixture
def lab(course, data, monkeypatch):
    """JupyterLab on a copy of the notebooks, with the pinned model in ``work/``; yields address and token."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(course / "jupyter"))  # not the tabs that somebody left open
    shutil.copytree(ROOT / "notebooks", course / "notebooks", dirs_exist_ok=True)
    (course / "work").mkdir()
    shutil.copy(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / "clothes.keras", course / "work")
    port = free_port()
    pattern = r"http://127\.0\.0\.1:\d+/lab\S*token=(\w+)"
    process, token = start("lab", "--no-browser", "--port", str(port), pattern=pattern)
    try:
        wait_until_it_listens(port)
        yield f"http://127.0.0.1:{port}", token
    finally:
        interrupt(process)


def make_fresh(path: Path) -> None:
    """Take out all that is stored, so that what is there afterwards was run here; and train for 3 epochs only."""
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        cell.update(execution_count=None, outputs=[])
        if "parameters" in tags(cell):
            cell.source = re.sub(r"EPOCHS = \d+", "EPOCHS = 3", cell.source)
    nbformat.write(notebook, path)


def run_all_cells(page, url: str, token: str, path: Path) -> list[NotebookNode]:
    """Open the notebook, choose Run All Cells from the menu, wait until the kernel is idle again, and save."""
    page.goto(f"{url}/lab/tree/notebooks/{path.name}?token={token}")
    page.get_by_text(IDLE).wait_for(timeout=60_000)
    page.wait_for_timeout(3000)  # it says so a moment before the notebook is connected to its kernel
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
    page.get_by_text(BUSY).wait_for(timeout=10_000)
    deadline = time.monotonic() + LONGEST_SECONDS
    idle = 0
    while idle < 3 and time.monotonic() < deadline:  # between two cells it is idle for a moment
        page.wait_for_timeout(1000)
        idle = idle + 1 if page.get_by_text(IDLE).count() else 0
    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").wait_for(timeout=10_000)
    return code_cells(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("number", ["02", "04"])
def test_a_student_runs_a_notebook_to_its_end(page, lab, course, number):
    path = next((course / "notebooks").glob(f"{number}_*.ipynb"))
    make_fresh(path)
    cells = run_all_cells(page, *lab, path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert len(outputs) > 20
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    take_screenshots(page, number)


def take_screenshots(page, number: str) -> None:
    """Screens of the notebook from top to bottom, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.locator(".jp-Notebook").first.click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+Home")
    for screen in range(1, 9):
        page.wait_for_timeout(700)
        page.screenshot(path=SCREENSHOTS / f"{number}_{screen}.png")
        page.mouse.move(800, 600)
        page.mouse.wheel(0, 1400)
