"""A student's way through a lab in Chromium, in a container's JupyterLab: from the list to what is handed in."""

from __future__ import annotations

from collections.abc import Callable

from docker.models.containers import Container

from tests.browser.student import IDLE, LIST, PATIENCE_MS, run_all_cells

NUMBER = "06"  # its checks need neither TensorFlow nor an engine
ANSWER = f"""
from workbook.labs.authoring.manifest import find_lab
from workbook.labs.authoring.starter import reference_files
lab = find_lab("{NUMBER}")
for name, text in reference_files(lab).items():
    (lab.work / name).write_text(text)
"""


def do_a_lab(page, container: Container) -> None:
    """On a page that has just opened: see the list, start the lab in it, answer, check, and hand it in."""
    page.set_default_timeout(PATIENCE_MS)
    page.get_by_text(IDLE).wait_for()
    assert "/lab/tree/work/course.ipynb" in page.url
    assert page.get_by_role("dialog").count() == 0, "it asks something before anybody could begin"
    assert page.get_by_text("official Jupyter news").count() == 0
    names = page.locator(LIST).get_by_role("rowheader").all_text_contents()
    assert names[:3] == ["Notebook 01", "Notebook 02", "Lab 02"]
    start_from_the_list(page)
    run = runner(container)
    run("python", "-c", ANSWER)
    run_all_cells(page)
    shown = page.locator(".jp-Notebook:visible .jp-OutputArea-output")
    assert shown.get_by_text("All checks pass").last.is_visible()
    assert "Hand in work/labs/submissions/" in run("workbook", "submit", NUMBER, "--name", "Ada Lovelace")


def start_from_the_list(page) -> None:
    page.locator(".cm-line", has_text="START =").click()
    page.keyboard.press("Home")
    for _ in 'START = "':
        page.keyboard.press("ArrowRight")
    page.keyboard.type(NUMBER)
    page.keyboard.press("Shift+Enter")
    page.locator(LIST).get_by_role("link", name="Write the Dockerfile").click()
    page.get_by_role("heading", name=f"Lab {NUMBER}").wait_for()


def runner(container: Container) -> Callable[..., str]:
    def run(*command: str) -> str:
        status, output = container.exec_run(list(command))
        assert status == 0, output.decode()
        return output.decode()

    return run
