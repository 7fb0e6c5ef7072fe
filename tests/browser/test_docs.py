"""The contract as a page: a real Chromium, at the widths of a desk and of a phone, in light and in dark."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe

from server.contract.blueprint import DOCUMENT
from tests.browser.test_page import PHONE, browser  # noqa: F401

DESK = {"width": 1280, "height": 1000}
PATHS = json.loads(DOCUMENT)["paths"]
OPERATIONS = [item[method]["operationId"] for item in PATHS.values() for method in item if method in ("get", "post")]


@pytest.fixture
def docs(browser, served):  # noqa: F811
    """The page, opened; fails a test in which it offends the content policy or asks another origin."""
    page = browser.new_page(viewport=DESK)
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served}/docs")
    yield page
    page.close()
    # Chromium itself asks for an icon of the JSON that a link opens.
    assert [complaint for complaint in complaints if not complaint.startswith("Failed to load resource")] == []
    assert [url for url in asked if not url.startswith((served, "data:"))] == []


def test_each_route_is_there_and_linked(docs):
    links = docs.get_by_role("navigation", name="Routes").get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == [f"#{operation}" for operation in OPERATIONS]
    assert docs.get_by_role("main").get_by_role("heading", level=2).all_text_contents() == [
        link.text_content() for link in links.all()
    ]
    links.last.click()
    assert docs.locator(":target h2").text_content() == "GET /openapi.json"


def test_a_route_says_what_it_takes_and_answers(docs):
    route = docs.get_by_role("region", name="POST /models/{name}/v{version}")
    taken = route.locator("dl").first.locator("dt code").all_text_contents()
    assert {"name", "version", "pixels", "application/json", "image/png", "image/jpeg", "multipart/form-data"} < {
        *taken
    }
    answered = route.locator("dl").last.locator("dt code").all_text_contents()
    assert answered == ["200", "400", "401", "404", "405", "408", "413", "415", "429", "503"]


def test_what_the_page_types_works_and_gets_the_answer_beside_it(docs, tmp_path):
    route = docs.get_by_role("region", name="POST /models/{name}/v{version}")
    commands = route.locator("pre:not(.answer)").all_text_contents()
    assert len(commands) == 3
    for command, answer in zip(commands, route.locator("pre.answer").all_text_contents(), strict=True):
        for line in command.splitlines():
            run = ["curl", "--silent", *shlex.split(line)[1:]]
            printed = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert json.loads(printed)["labels"] == json.loads(answer)["labels"]


def test_a_route_is_tried_by_its_link(docs):
    docs.get_by_role("link", name="Open /models/digits/v1 here").click()
    assert json.loads(docs.locator("body").text_content())["number_of_parameters"] == 650


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_never_wider_than_the_screen(docs, size, scheme):
    docs.set_viewport_size(size)
    docs.emulate_media(color_scheme=scheme)
    results = Axe().run(docs)
    assert results.violations_count == 0, results.generate_report()
    assert docs.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_keyboard_is_enough(docs):
    for _ in range(3):
        docs.keyboard.press("Tab")
    assert docs.evaluate("document.activeElement.hash") == f"#{OPERATIONS[0]}"
    assert docs.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    docs.keyboard.press("Enter")
    assert docs.locator(":target h2").text_content() == "GET /models"


def test_it_needs_no_script(browser, served):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/docs")
    assert page.get_by_role("main").get_by_role("heading", level=2).count() == len(OPERATIONS)
    context.close()
