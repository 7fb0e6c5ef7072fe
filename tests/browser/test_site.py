"""The site that ``make docs`` builds, every page in a real Chromium: at a desk, on a phone, in the dark, on paper."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from docs.extensions import links
from docs.extensions.api_pages import packages
from docs.extensions.import_map import read_imports
from docs.extensions.measured import measurements
from server.contract.blueprint import DOCUMENT
from tests.browser.accessibility import Accessibility
from tests.browser.test_page import PHONE, browser  # noqa: F401
from tests.conftest import ROOT
from tests.surroundings import call_offline
from tests.test_house import copy_tracked_files
from tests.workbook.choosing.test_chooser import ANSWERS
from workbook.choosing.chooser import advise

DESK = {"width": 1280, "height": 1000}
UNTOLD = """() => [...document.querySelectorAll("img:not([alt]), img[alt=''], article svg:not([role=img] *)")]
    .filter((picture) => picture.tagName === "IMG" || !picture.querySelector("title, use"))
    .map((picture) => picture.outerHTML.slice(0, 200))"""


@dataclass
class Visit:
    """What was seen on a page."""

    page: str
    violations: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    width_on_a_phone: int = 0


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The folder of the site that `make docs` builds in a clone, without a network; a warning is an error."""
    clone = tmp_path_factory.mktemp("site")
    copy_tracked_files(clone)
    made = f"BIN={Path(sys.executable).parent}", "--assume-old=.venv/ready"
    call_offline(clone, {**os.environ}, "make", "docs", *made)
    return clone / "docs" / "_build" / "html"


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """The addresses that pages have asked for, and what they complained of."""
    return set()


@pytest.fixture(scope="module")
def tab(browser, asked):  # noqa: F811
    page = browser.new_page(viewport=DESK)
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: asked.add(message.text) if message.type == "error" else None)
    yield page
    page.close()


@pytest.fixture
def page(tab):
    """The same tab, at a desk, in the light."""
    tab.set_viewport_size(DESK)
    tab.emulate_media(color_scheme="light", media="screen")
    return tab


@pytest.fixture(scope="module")
def visits(site, tab) -> list[Visit]:
    """Every page of the site, seen once; of those of modules every fifth, the others weekly in test_module_pages.py."""
    paths = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)
    chosen = [path for number, path in enumerate(paths) if path.parent.name != "api" or not number % 5]
    return visit_each(chosen, tab, site)


def visit_each(paths: list[Path], tab, site: Path) -> list[Visit]:
    accessibility = Accessibility()
    return [visit(tab, path, site, accessibility) for path in paths]


def visit(tab, path: Path, site: Path, accessibility: Accessibility) -> Visit:
    tab.set_viewport_size(DESK)
    tab.emulate_media(color_scheme="light", media="screen")
    tab.goto(path.as_uri())
    found = Visit(path.relative_to(site).as_posix(), untold=tab.evaluate(UNTOLD))
    found.violations = accessibility.violations(tab)
    tab.set_viewport_size(PHONE)
    found.width_on_a_phone = tab.evaluate("document.documentElement.scrollWidth")
    return found


def test_the_site_has_all_its_pages(site):
    there = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    lessons = {f"_notebooks/{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")}
    labs = {f"_labs/{path.parent.name}.html" for path in (ROOT / "labs").glob("*/lab.ipynb")}
    api = {f"api/{package}.html" for package in packages()}
    assert lessons | labs | api | {"index.html", "rest.html", "design.html", "genindex.html", "search.html"} <= there


def test_axe_finds_no_violation_on_any_page_in_light_or_dark(visits):
    assert {seen.page: seen.violations for seen in visits if seen.violations} == {}


def test_every_picture_has_its_alternative_text(visits):
    assert {seen.page: seen.untold for seen in visits if seen.untold} == {}


def test_no_page_is_wider_than_a_phone(visits):
    assert {seen.page: seen.width_on_a_phone for seen in visits if seen.width_on_a_phone > PHONE["width"]} == {}


def test_no_page_asks_anything_outside_of_the_site(visits, asked, site):
    assert [found for found in asked if not found.startswith((site.as_uri(), "data:"))] == []


def test_a_picture_gets_the_text_that_its_notebook_stores(site, page):
    cells = json.loads((ROOT / "notebooks" / "02_train.ipynb").read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    stored = [output["metadata"]["image/png"]["alt"] for output in outputs if "image/png" in output.get("data", {})]
    page.goto((site / "_notebooks" / "02_train.html").as_uri())
    assert page.locator("article img").evaluate_all("(images) => images.map((image) => image.alt)") == stored


def test_every_public_module_is_described(site):
    for package, modules in packages().items():
        html = (site / "api" / f"{package}.html").read_text()
        assert [name for name in [package, *modules] if f'id="module-{name}"' not in html] == []


def test_no_docstring_leaves_markup_on_its_page(site, page):
    for package in packages():
        page.goto((site / "api" / f"{package}.html").as_uri())
        text = page.locator("article").inner_text()
        assert re.findall(r".*(?:`|:[a-z]+:|\*\*\w+\*\*).*", text) == [], package


def test_the_contract_page_shows_what_the_contract_says(site, page):
    page.goto((site / "rest.html").as_uri())
    paths = json.loads(DOCUMENT)["paths"]
    routes = [f"{method.upper()} {path}" for path in paths for method in paths[path] if method in ("get", "post")]
    assert sorted(page.get_by_role("main").locator("h3 code").all_text_contents()) == sorted(routes)
    page.goto((site / "model_repository.html").as_uri())
    card = json.loads(DOCUMENT)["components"]["schemas"]["ModelCard"]["properties"]
    cells = page.locator("td:first-child code").all_text_contents()
    assert {*card, *(f"input.{name}" for name in card["input"]["properties"])} <= {*cells}


def test_run_times_and_sizes_are_the_recorded_ones(site, page):
    page.goto((site / "measured.html").as_uri())
    known = measurements()
    for name in [*known["images"], *known["models"], *(notebook["notebook"] for notebook in known["notebooks"])]:
        assert page.get_by_role("cell", name=name, exact=True).count() == 1, name
    good = page.get_by_role("row", name="5 good").get_by_role("cell").all_inner_texts()
    assert good[1] == str(known["images"]["5 good"]["megabytes"])


def test_the_chooser_reasons_as_the_notebook_does(site, page):
    page.goto((site / "choosing.html").as_uri())
    told = page.evaluate(
        """(all) => {
            const rules = JSON.parse(document.getElementById("chooser-rules").textContent);
            const argued = (one) => one.arguments.map((argument) => `${argument.about}: ${argument.because}`);
            const plain = (one) => [one.place, one.name, one.excluded, one.score, argued(one)];
            return all.map((answers) => advise(rules, answers).map(plain));
        }""",
        ANSWERS,
    )
    for answers, shown in zip(ANSWERS, told, strict=True):
        argued = [[f"{argument.about}: {argument.because}" for argument in one.arguments] for one in advise(answers)]
        expected = [[one.place, one.name, one.excluded, one.score] for one in advise(answers)]
        assert shown == [[*one, told] for one, told in zip(expected, argued, strict=True)], answers


def test_the_chooser_answers_the_keyboard(site, page):
    page.goto((site / "choosing.html").as_uri())
    answer = page.locator("#chooser output h3")
    before = answer.inner_text()
    for question in ("place", "privacy"):
        page.locator(f"#chooser [name={question}]").first.focus()
        page.keyboard.press("ArrowDown")
    assert page.get_by_label("in a web page").is_checked()
    assert answer.inner_text() == "The browser" != before


def test_the_map_shows_every_import_and_points_down(site, page):
    page.goto((site / "design.html").as_uri())
    arrows = {(arrow.source, arrow.target): arrow.files for arrow in read_imports().arrows}
    assert {("notebooks", "workbook"), ("workbook", "pipeline"), ("pipeline", "server")} <= {*arrows}
    drawn = page.locator(".import-map .arrow title").all_text_contents()
    told = [f"{source} imports {target}, in {files} files" for (source, target), files in arrows.items()]
    assert sorted(drawn) == sorted(told)
    rows = page.locator("table", has_text="these of its modules").locator("tbody tr")
    ends = rows.evaluate_all("(rows) => rows.map((row) => [row.cells[0].innerText, row.cells[1].innerText])")
    assert sorted(map(tuple, ends)) == sorted(arrows)
    for curve in page.locator(".import-map .arrow").all():
        box = curve.evaluate("(path) => [path.getPointAtLength(0).y, path.getPointAtLength(1e6).y]")
        assert box[0] < box[1]


def test_the_build_lists_the_outer_links(site):
    assert "https://github.com/wg/wrk" in (site / links.LIST).read_text().splitlines()


def test_the_search_finds_a_word(site, page):
    page.goto((site / "index.html").as_uri())
    page.get_by_label("Search").fill("signature")
    page.keyboard.press("Enter")
    page.locator("#search-results a", has_text="The model repository").first.wait_for()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(site, page):
    page.goto((site / "bench.html").as_uri())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.evaluate("(link) => link === document.activeElement")
    outlines, reached = set(), set()
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate("""() => {
            const { tagName, className, href } = document.activeElement;
            return [getComputedStyle(document.activeElement).outlineStyle, tagName, className, href ?? ""];
        }""")
        if focused[1] == "BODY":
            break
        outlines.add((focused[0], focused[1]))
        reached.add(focused[3].rpartition("/")[2] or focused[2] or focused[1])
    assert {style for style, _ in outlines} == {"solid"}
    assert {"theme-toggle", "design.html", "genindex.html", "wrk"} <= reached


def test_on_a_phone_the_keyboard_opens_and_closes_the_contents(site, page):
    page.set_viewport_size(PHONE)
    page.goto((site / "index.html").as_uri())
    lesson = page.get_by_role("link", name="Train LeNet-5")
    assert not lesson.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    opens = page.get_by_role("button", name="The whole site")
    assert opens.evaluate("(button) => button === document.activeElement")
    page.keyboard.press("Enter")
    lesson.wait_for()
    assert opens.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    lesson.wait_for(state="hidden")


def test_on_a_phone_the_keyboard_scrolls_what_is_too_wide(site, page):
    page.set_viewport_size(PHONE)
    page.goto((site / "bench.html").as_uri())
    table = page.locator(".table-wrapper").first
    table.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    assert table.evaluate("(wrapper) => wrapper === document.activeElement")


def test_on_paper_there_is_only_the_page(site, page):
    page.goto((site / "_notebooks" / "02_train.html").as_uri())
    page.set_viewport_size({"width": 794, "height": 1123})  # A4
    page.emulate_media(media="print", color_scheme="dark")
    assert page.get_by_role("main").is_visible()
    for part in (".sidebar-drawer", ".toc-drawer", ".mobile-header", ".back-to-top", "footer"):
        assert not page.locator(part).first.is_visible(), part
    cut = "(blocks) => blocks.filter((block) => block.scrollWidth > block.clientWidth).length"
    assert page.locator("pre").evaluate_all(cut) == 0
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(255, 255, 255)"
