"""The report of a run, in a real Chromium: a failed run, which shows most, at the widths of a desk and of a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_docs import DESK
from tests.browser.test_page import PHONE, browser  # noqa: F401
from workbook.notebooks.artifacts import Artifact
from workbook.notebooks.kernels import Failure
from workbook.notebooks.report import Outcome, Report

LONG = "assert accuracy >= 0.87, 'was the model trained to its end? were its pixels divided by 255 once too often?'"
FAILURE = Failure("AssertionError: was it trained to its end?", 7, LONG, f"Cell In[7], line 1\n----> 1 {LONG}")
ARTIFACT = Artifact("models/clothes/1/variables/variables.data-00000-of-00001", 590_000, 64 * "a")


@pytest.fixture(params=["light", "dark"])
def page(request, browser, tmp_path):  # noqa: F811
    outcomes = [
        Outcome(Path("02_train.ipynb"), 0, 80.0, None, [ARTIFACT]),
        Outcome(Path("03_load.ipynb"), 80.0, 20.0, FAILURE, []),
        Outcome(Path("04_serve.ipynb"), None, None, Failure("not run, because it needs 03_load.ipynb"), []),
    ]
    file = tmp_path / "report.html"
    Report(tmp_path, outcomes, 100.0, 2).write_page(file)
    page = browser.new_page(color_scheme=request.param)
    page.goto(file.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_accessible_and_never_wider_than_the_screen(page, size):
    page.set_viewport_size(size)
    for summary in page.locator("summary").all():
        summary.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_keyboard_opens_the_traceback(page):
    traceback = page.get_by_label("Traceback")
    assert not traceback.is_visible()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert traceback.is_visible()
