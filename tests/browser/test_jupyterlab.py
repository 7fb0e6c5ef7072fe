"""A student's way through the course, in JupyterLab and a real Chromium: notebooks run, a lab done wrong and right.

One JupyterLab serves all tests, in their order, as one student would go. What is on the screen goes to
``work/screenshots/``; the pictures in ``docs/pictures/`` are those of this run:
``pytest tests/browser/test_jupyterlab.py && cp work/screenshots/journey_*.png docs/pictures/``.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.student import (
    IDLE,
    LIST,
    PATIENCE_MS,
    check,
    close_tab,
    row,
    run_all_cells,
    save,
    take_picture,
    wait_until_connected,
    write_answer,
)
from tests.browser.test_page import browser  # noqa: F401
from tests.conftest import ROOT
from tests.notebooks.test_anatomy import code_cells
from tests.workbook.servers.test_process import interrupt, start, wait_until_it_listens
from workbook.servers.process import free_port

DESK, NARROW = {"width": 1280, "height": 900}, {"width": 800, "height": 900}
TAB_PRESSES = 60
UNSCALED = "return pixels.astype(np.float32)[..., np.newaxis]"
SCALED = "return (pixels.astype(np.float32) / np.float32(high))[..., np.newaxis]"
FOCUS = "getComputedStyle(document.activeElement).outlineStyle"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course as it comes, which is the current folder."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "labs"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("server", "pipeline"):
        (folder / name).symlink_to(ROOT / name)
    make_fresh(next((folder / "notebooks").glob("01_*.ipynb")))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def make_fresh(path: Path) -> None:
    """Take out all that is stored, so that what is there afterwards was run here."""
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        cell.update(execution_count=None, outputs=[])
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def lab(course, data):
    """JupyterLab as ``workbook lab`` starts it, for somebody who has no settings; yields address and token."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(course / f"home_{name}"))
        port = free_port()
        pattern = r"http://127\.0\.0\.1:\d+/lab\S*token=(\w+)"
        process, token = start("lab", "--no-browser", "--port", str(port), pattern=pattern)
        try:
            wait_until_it_listens(port)
            yield f"http://127.0.0.1:{port}", token
        finally:
            interrupt(process)


@pytest.fixture(scope="module")
def page(browser, lab):  # noqa: F811
    """JupyterLab as it opens by itself."""
    url, token = lab
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}/?token={token}")
    page.get_by_text(IDLE).wait_for()
    return page


def test_the_course_in_order_is_what_a_student_sees_first(page, course):
    assert page.url.endswith("/lab/tree/work/course.ipynb")
    assert page.get_by_role("dialog").count() == 0, "it asks something before anybody could begin"
    assert page.get_by_text("official Jupyter news").count() == 0
    names = page.locator(LIST).get_by_role("rowheader").all_text_contents()
    files = [*(course / "notebooks").glob("*.ipynb"), *(course / "labs").glob("*/lab.toml")]
    assert len(names) == len(files)
    assert names[:4] == ["Notebook 01", "Notebook 02", "Lab 02", "Notebook 03"]
    assert page.locator(LIST).get_by_text("Notebook 01, Follow a model").is_visible()
    take_picture(page, "1_course")


def test_the_table_of_contents_stands_beside_it(page):
    contents = page.get_by_role("tree").filter(has_text="The course")
    assert contents.first.text_content() == "The courseFind your way"


def test_the_tools_of_review_put_no_buttons_before_a_student(page):
    assert page.locator(".jp-NotebookPanel-toolbar:visible [title*=nbdiff]").count() == 0


def test_the_list_is_accessible(page):
    results = Axe().run(page, context=LIST)
    assert results.violations_count == 0, results.generate_report()


def test_the_keyboard_is_enough_to_get_from_the_list_into_a_notebook(page, lab):
    page.keyboard.press("Escape")
    for _ in range(TAB_PRESSES):
        page.keyboard.press("Tab")
        if "01_lifecycle" in (page.evaluate("document.activeElement.href") or ""):
            break
    assert page.evaluate(FOCUS) not in ("none", "hidden"), "one does not see where the focus is"
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="01_lifecycle.ipynb").wait_for()
    wait_until_connected(page)
    for _ in ("title", "parameters", "setup"):
        page.keyboard.press("Shift+Enter")
    page.locator(".jp-Notebook:visible .jp-InputPrompt", has_text="[2]:").wait_for()
    page.get_by_text(IDLE).wait_for()
    save(page)
    close_tab(page, lab)
    assert "begun" in row(page, "Notebook 01").text_content()


def test_a_student_runs_a_notebook_to_its_end(page, lab, course):
    path = next((course / "notebooks").glob("01_*.ipynb"))
    link = row(page, "Notebook 01")
    assert "run to its end" not in link.text_content()
    link.get_by_role("link").click()
    page.get_by_role("tab", name=path.name).wait_for()
    run_all_cells(page)
    save(page)
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert len(outputs) > 20
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    close_tab(page, lab)
    assert "✓ run to its end" in row(page, "Notebook 01").text_content()


def test_a_lab_is_started_from_the_list(page, course):
    assert "not started" in row(page, "Lab 04").text_content()
    page.locator(".cm-line", has_text="START =").click()
    page.keyboard.press("Home")
    for _ in 'START = "':
        page.keyboard.press("ArrowRight")
    page.keyboard.type("04")
    page.keyboard.press("Shift+Enter")
    page.locator(LIST).get_by_role("link", name="Write the inference server").click()
    page.get_by_role("heading", name="Lab 04: Write the inference server").wait_for()
    run_all_cells(page)
    outputs = page.locator(".jp-Notebook:visible .jp-OutputArea-output")
    assert outputs.get_by_text("Next: task 1, scale the pixels").count() == 2, "after task 1, and after all of them"
    assert page.get_by_text("Come back to this cell when all checks pass.").last.is_visible()
    assert re.search(r"✗|Error", " ".join(outputs.all_text_contents())) is None


def test_a_wrong_answer_is_explained_in_words(page):
    write_answer(page, 'raise NotImplementedError("Task 1', UNSCALED)
    shown = check(page, "lab.check(task=1)")
    assert shown.get_by_text("✗ failed: Pixels from 0 to 255 become numbers from 0 to 1").is_visible()
    rows = shown.get_by_role("table").first.get_by_role("row").all_text_contents()
    explained = dict(re.fullmatch(r"\s*(Sent|Expected|Got|Likely cause|Read)\s+(.+?)\s*", row).groups() for row in rows)
    assert explained["Expected"] == "each pixel divided by 255"
    assert explained["Got"].endswith("float32, from 0.0 to 200.0")
    assert explained["Likely cause"] == "the pixels were not divided by high"
    assert shown.get_by_role("link", name="notebook 04, “Step 2: Classify an image”").count() > 0
    take_picture(page, "journey_wrong")


@pytest.mark.parametrize(("name", "size", "theme"), [("dark", DESK, "Dark"), ("narrow", NARROW, "Light")])
def test_an_explanation_fits_its_place(page, name, size, theme):
    page.keyboard.press("Control+Shift+c")
    page.keyboard.type(f"Use Theme: JupyterLab {theme}")
    page.keyboard.press("Enter")
    page.locator("#jupyterlab-splash").wait_for(state="attached")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.set_viewport_size(size)
    take_picture(page, f"lab_04_{name}")
    shown = page.locator(".jp-Notebook:visible .jp-OutputArea-output:has-text('✗ failed')").first
    assert shown.evaluate("(element) => element.scrollWidth <= element.clientWidth"), "one has to scroll sideways"
    results = Axe().run(page, context=".jp-OutputArea-output:has(strong)")
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size(DESK)


def test_the_right_answer_brings_points_and_the_list_shows_them(page):
    write_answer(page, UNSCALED, SCALED)
    shown = check(page, "lab.check(task=1)")
    shown.get_by_text("3/3").wait_for()
    assert shown.get_by_text("✓ passed").count() == 3
    assert shown.get_by_text("✗ failed").count() == 0
    take_picture(page, "journey_right")
    check(page, "lab.check()").get_by_text("3/24").wait_for()
    assert "3 of 24 points" in row(page, "Lab 04").text_content()
    page.mouse.move(640, 890)
    take_picture(page, "journey_course")
