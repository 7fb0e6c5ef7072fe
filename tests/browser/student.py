"""What a student does in JupyterLab, with the mouse and the keyboard."""

from __future__ import annotations

import re
import time
from io import BytesIO

import pytest
import requests
from PIL import Image

from tests.conftest import ROOT

SCREENSHOTS = ROOT / "work" / "screenshots"
LONGEST_SECONDS = 900  # these bounds are against hanging
KERNEL_END_SECONDS = 120
PATIENCE_MS = 120_000
IDLE, BUSY = "(ipykernel) | Idle", "(ipykernel) | Busy"
LIST = ".jp-OutputArea-output:has(button)"  # that of the course

CONNECTED = """async () => {
    const { baseUrl } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const guard = document.cookie.match(/\\b_xsrf=([^;]*)/)?.[1] ?? "";  // which JupyterHub asks for
    const kernels = await (await fetch(`${baseUrl}api/kernels`, { headers: { "X-XSRFToken": guard } })).json();
    const open = document.querySelectorAll(".jp-NotebookPanel").length;
    return kernels.length >= open && kernels.every((one) => one.connections > 0 && one.execution_state === "idle");
}"""


def take_picture(page, name: str) -> None:
    """A screen for people to look at, in 256 colors, which it hardly has more of."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(700)  # for what fades in
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(SCREENSHOTS / f"{name}.png", optimize=True)


def show_tab(page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def choose(page, *names: str) -> None:
    """From the menus."""
    for name in names:
        page.get_by_role("menuitem", name=re.compile(f"^{name}")).first.click()


def row(page, name: str):
    """The row of the list, brought up to date, that begins with this name."""
    show_tab(page, "course.ipynb")
    page.get_by_role("button", name="Refresh").click()
    page.wait_for_timeout(1000)
    page.get_by_text(IDLE).wait_for()
    return page.locator(LIST).get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def wait_until_connected(page) -> None:
    """JupyterLab says that a kernel is idle before its notebook is connected to it; what is run then is lost."""
    page.get_by_text(IDLE).wait_for(timeout=PATIENCE_MS)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(CONNECTED):
        assert time.monotonic() < deadline, "the notebook is not connected to its kernel"
        page.wait_for_timeout(200)


def run_all_cells(page) -> None:
    """Choose Run All Cells from the menu, and wait until the kernel is idle again."""
    wait_until_connected(page)
    choose(page, "Run", "Run All Cells")
    page.get_by_text(BUSY).wait_for(timeout=PATIENCE_MS)
    deadline = time.monotonic() + LONGEST_SECONDS
    idle = 0
    while idle < 3 and time.monotonic() < deadline:  # between two cells it is idle for a moment
        page.wait_for_timeout(1000)
        idle = idle + 1 if page.get_by_text(IDLE).count() else 0


def save(page) -> None:
    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").wait_for(timeout=PATIENCE_MS)


def close_tab(page, lab) -> None:
    """Close the notebook that is seen, and wait until its kernel has ended."""
    before = kernels(lab)
    choose(page, "File", "Close Tab")
    for _ in range(KERNEL_END_SECONDS):
        if kernels(lab) == before - 1:
            return
        page.wait_for_timeout(1000)
    pytest.fail("the tab is closed, and its kernel still runs")


def kernels(lab) -> int:
    url, token = lab
    return len(requests.get(f"{url}/api/kernels", headers={"Authorization": f"token {token}"}, timeout=30).json())


def write_answer(page, old: str, new: str) -> None:
    """Replace a line in the editor, typing, and save."""
    show_tab(page, "lab.ipynb")
    page.locator(".jp-Notebook:visible").get_by_role("link", name="preprocessing.py", exact=True).click()
    page.locator(".jp-FileEditor .cm-line", has_text=old).click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(new)
    save(page)
    show_tab(page, "lab.ipynb")


def check(page, call: str):
    """Run the cell with this call; returns what it then shows."""
    cell = page.locator(".jp-Notebook:visible .jp-CodeCell").filter(has_text=f"report = {call}")
    cell.locator(".cm-line").first.click()
    page.keyboard.press("Control+Enter")
    page.get_by_text(BUSY).wait_for(timeout=PATIENCE_MS)
    page.get_by_text(IDLE).wait_for(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    return cell.locator(".jp-OutputArea-output")
