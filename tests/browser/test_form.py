"""The chooser's form as a cell of a notebook brings it: put into a page that has been there for long, and once more."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.test_page import browser  # noqa: F401
from tests.conftest import ROOT
from workbook.choosing.form import chooser_form

# What JupyterLab does with the HTML of a trusted output: a script that comes as text does not run by itself.
PUT = """(html) => {
    document.body.innerHTML = html;
    for (const script of document.body.querySelectorAll("script")) {
        const again = document.createElement("script");
        for (const { name, value } of script.attributes) again.setAttribute(name, value);
        again.textContent = script.textContent;
        script.replaceWith(again);
    }
}"""


@pytest.fixture
def page(browser):  # noqa: F811
    page = browser.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def test_a_cell_that_is_run_twice_argues_each_time(page):
    for _ in range(2):
        page.evaluate(PUT, chooser_form())
        answer = page.locator("output h3")
        assert answer.inner_text() == "TensorFlow Serving"
        page.get_by_label("in a web page").check()
        page.get_by_label("no", exact=True).check()
        assert answer.inner_text() == "The browser"


def test_notebook_13_has_it_stored_as_it_is_now():
    cells = {cell.id: cell for cell in nbformat.read(ROOT / "notebooks" / "13_many_machines.ipynb", 4).cells}
    [output] = cells["form"].outputs
    assert output.data["text/html"] == chooser_form()
