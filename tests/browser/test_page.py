"""The page of the inference server, as a person uses it: a real Chromium, the real server, the pinned models."""

from __future__ import annotations

import base64
import io
import re
import shutil
from itertools import pairwise

import numpy as np
import pytest
import requests
from PIL import Image

from server.routes import MAX_BODY_BYTES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PHONE = {"width": 360, "height": 640}
BOOT = 0  # the first test image is an ankle boot

# What a person has in hand or on the clipboard, as a browser hands it to a page.
GIVE_FILE = """({base64, name, type, event}) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    if (name) transfer.items.add(new File([bytes], name, { type }));
    const given = event === "paste" ? { clipboardData: transfer } : { dataTransfer: transfer };
    const Kind = event === "paste" ? ClipboardEvent : DragEvent;
    document.body.dispatchEvent(new Kind(event, { ...given, bubbles: true, cancelable: true }));
}"""
PIXELS_SEEN = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, place) => place % 4 === 0);
}"""


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, served):
    """The page, opened; fails a test in which it breaks, offends the content policy or asks another origin."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, served)
    yield page
    page.close()
    # Chromium itself reports each answer of 400 and above; the tests of these look at what the page makes of them.
    assert [complaint for complaint in complaints if not complaint.startswith("Failed to load resource")] == []
    assert [url for url in asked if not url.startswith((served, "blob:", "data:"))] == []


@pytest.fixture(scope="session")
def boot(test_set) -> Image.Image:
    """A test image as a shop would show it: dark on white, 280 pixels an edge."""
    return Image.fromarray(255 - test_set[0][BOOT]).resize((280, 280), Image.Resampling.LANCZOS)


@pytest.fixture(scope="session")
def versions(served) -> list[int]:
    return requests.get(f"{served}/models/clothes", timeout=30).json()["versions"]


def open_page(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("option", name="clothes").wait_for(state="attached")


def encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def choose(page, name: str, content: bytes, mimetype: str = "image/png") -> None:
    file = {"name": name, "mimeType": mimetype, "buffer": content}
    page.get_by_label("Choose a file").set_input_files(file)


def give(page, event: str, name: str = "", content: bytes = b"", mimetype: str = "image/png") -> None:
    data = base64.b64encode(content).decode()
    page.evaluate(GIVE_FILE, {"base64": data, "name": name, "type": mimetype, "event": event})


def draw(page) -> None:
    """A seven, as one draws it with a mouse."""
    box = page.get_by_role("img", name="Drawing area").bounding_box()
    for x, y, do in [(80, 70, page.mouse.down), (200, 70, None), (120, 230, page.mouse.up)]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=5)
        if do:
            do()


def expect_boot(page, versions: list[int]) -> None:
    """In the column of each version: ten bars, the boot's the longest, and marked in words."""
    page.get_by_role("status").get_by_text(re.compile(r"Ankle boot, \d+\.\d\s%")).wait_for()
    for version in versions:
        column = page.locator(".version").filter(has=page.get_by_role("heading", name=f"clothes v{version} — test acc"))
        assert column.get_by_role("listitem").count() == 10
        lengths = column.locator(".bar").evaluate_all("(bars) => bars.map((bar) => bar.clientWidth)")
        assert int(np.argmax(lengths)) == 9
        best = column.get_by_role("listitem").filter(has_text="best")
        assert re.fullmatch(r"Ankle boot best\s+\d+\.\d\s%", best.text_content().strip())
        assert best.evaluate("(row) => getComputedStyle(row).fontWeight") == "700"
    assert page.locator(".version").count() == len(versions)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_file_is_chosen(page, boot, versions, kind):
    choose(page, f"boot.{kind}", encoded(boot, kind), f"image/{kind}")
    expect_boot(page, versions)
    given = page.get_by_role("img", name=f"boot.{kind}")
    assert given.evaluate("(image) => image.naturalWidth") == 280


def test_the_page_shows_what_the_model_sees(page, boot, served):
    choose(page, "boot.png", encoded(boot, "png"))
    seen = page.get_by_role("img", name=re.compile("The picture as 28 . 28 gray pixels, light on black"))
    seen.wait_for()
    url = f"{served}/models/clothes/v1?pixels=1"
    answer = requests.post(url, encoded(boot, "png"), headers={"Content-Type": "image/png"}, timeout=30).json()
    assert seen.evaluate(PIXELS_SEEN) == np.ravel(answer["pixels"]).tolist()


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(page, boot, versions, event):
    give(page, event, "boot.jpg", encoded(boot, "jpeg"), "image/jpeg")
    expect_boot(page, versions)


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_another_kind_of_picture_is_sent_as_png(page, boot, versions, kind):
    with page.expect_request(lambda request: request.method == "POST") as sent:
        choose(page, f"boot.{kind}", encoded(boot, kind), f"image/{kind}")
    expect_boot(page, versions)
    assert sent.value.header_value("content-type") == "image/png"


def test_a_picture_too_large_for_the_server_is_shrunk(page, boot, versions):
    choose(page, "boot.png", encoded(boot, "png") + bytes(MAX_BODY_BYTES))
    expect_boot(page, versions)


def test_a_drawing_is_classified(page):
    draw(page)
    page.get_by_role("img", name="Your drawing").wait_for()
    assert page.locator(".version").first.get_by_role("listitem").count() == 10
    levels = page.locator("#seen").evaluate(PIXELS_SEEN)
    assert min(levels) == 0
    assert max(levels) > 200


def test_clearing_takes_the_drawing_and_the_answer_away(page):
    draw(page)
    page.get_by_role("img", name="Your drawing").wait_for()
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("No picture yet.").wait_for()
    assert page.locator(".version:visible").count() == 0
    assert set(page.locator("#pad").evaluate(PIXELS_SEEN)) == {255}


def test_a_drawing_is_shown_again_to_the_model_chosen_next(page):
    draw(page)
    page.get_by_role("img", name="Your drawing").wait_for()
    page.get_by_label("Model", exact=True).select_option("digits")
    page.get_by_role("heading", name="digits v1 — test accuracy 0.956").wait_for()
    assert page.locator(".version .name").all_text_contents() == [str(digit) for digit in range(10)]
    assert page.locator(".best .name").text_content() == "7"
    assert max(page.locator("#seen").evaluate(PIXELS_SEEN)) > 200, "0 to 16 is not stretched to black and white"


def test_versions_stand_side_by_side(page, boot, versions):
    choose(page, "boot.png", encoded(boot, "png"))
    expect_boot(page, versions)
    said = page.get_by_role("status").text_content().split("; ")
    assert [verdict.split(",")[0] for verdict in said] == [f"v{version}: Ankle boot" for version in versions]
    boxes = [scores.bounding_box() for scores in page.locator(".version ol").all()]
    assert len(boxes) > 1
    for left, right in pairwise(boxes):
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] < right["x"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (("boot.png", "image/png"), "that is no whole PNG or JPEG image"),  # the server's own words
        (("notes.txt", "text/plain"), "This browser cannot read notes.txt as a picture."),
    ],
)
def test_an_unreadable_file_is_named_and_the_page_goes_on(page, boot, versions, file, message):
    choose(page, "boot.png", encoded(boot, "png"))
    expect_boot(page, versions)
    name, mimetype = file
    choose(page, name, b"no picture", mimetype)
    page.get_by_role("alert").get_by_text(message).wait_for()
    assert page.locator(".version:visible").count() == 0, "the answer to another picture still stands there"
    choose(page, "boot.png", encoded(boot, "png"))
    expect_boot(page, versions)
    assert page.get_by_role("alert").text_content() == ""


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_drop_or_paste_without_a_picture_is_told(page, event):
    give(page, event)
    page.get_by_role("alert").get_by_text("There is no picture in that.").wait_for()


def test_a_server_that_is_gone_is_told(page, boot, versions):
    page.context.set_offline(True)
    choose(page, "boot.png", encoded(boot, "png"))
    page.get_by_role("alert").get_by_text("The server does not answer.").wait_for()
    page.context.set_offline(False)
    choose(page, "boot.png", encoded(boot, "png"))
    expect_boot(page, versions)


def test_an_answer_that_is_not_the_servers_is_told(page, boot):
    page.route("**/*?pixels=1", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    choose(page, "boot.png", encoded(boot, "png"))
    page.get_by_role("alert").get_by_text("The server answered with an error, 502.").wait_for()


def test_a_token_is_asked_for_sent_and_not_kept(page, boot, versions, served):
    def guard(route):
        if route.request.headers.get("authorization") == "Bearer open sesame":
            route.continue_()
        else:
            route.fulfill(status=401, json={"error": "a bearer token is needed"})

    page.route("**/models**", guard)
    page.goto(served)
    page.get_by_role("alert").get_by_text("a bearer token is needed").wait_for()
    token = page.get_by_label("Access token")
    assert token.get_attribute("type") == "password"
    token.fill("open sesame")
    token.press("Enter")
    page.get_by_role("option", name="clothes").wait_for(state="attached")
    assert not token.is_visible()
    choose(page, "boot.png", encoded(boot, "png"))
    expect_boot(page, versions)
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    assert "sesame" not in page.content() + page.url


def test_the_keyboard_is_enough(page, boot, versions, tmp_path):
    path = tmp_path / "boot.png"
    boot.save(path)
    # Listened for from the start: Playwright takes a moment until it catches the dialog, and a key does not wait.
    page.on("filechooser", lambda chooser: chooser.set_files(path))
    page.keyboard.press("Tab")
    assert page.get_by_label("Model", exact=True).evaluate("(control) => control === document.activeElement")
    page.keyboard.press("Tab")
    outline = page.locator(".button").evaluate("(button) => getComputedStyle(button).outlineStyle")
    assert outline == "solid", "one does not see where the focus is"
    page.keyboard.press("Enter")
    expect_boot(page, versions)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("No picture yet.").wait_for()


def test_a_phone_needs_no_sideways_scrolling(page, boot, versions):
    page.set_viewport_size(PHONE)
    page.emulate_media(reduced_motion="reduce")  # the page scrolls to its answer at once
    choose(page, "boot.png", encoded(boot, "png"))
    expect_boot(page, versions)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_role("status").evaluate("(status) => status.getBoundingClientRect().bottom") <= PHONE["height"]


def test_a_finger_draws_on_a_phone(browser, served):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, served)
    page.get_by_role("img", name="Drawing area").tap()
    page.get_by_role("img", name="Your drawing").wait_for()
    assert max(page.locator("#seen").evaluate(PIXELS_SEEN)) > 200
    context.close()


@pytest.mark.parametrize("path", ["/", "/page/page.css", "/page/page.js"])
def test_an_unchanged_file_is_not_sent_twice(served, path):
    first = requests.get(served + path, timeout=30)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    again = requests.get(served + path, headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    assert (again.status_code, again.content) == (304, b"")
