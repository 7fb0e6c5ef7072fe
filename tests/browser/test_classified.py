"""The page that classifies in the browser itself: a real Chromium without a network, the page opened from its file."""

from __future__ import annotations

import base64
import io
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw, ImageOps

from pipeline.dataset import read_test_set
from server.engines import LiteRTEngine
from server.model_card import ModelCard
from server.pictures import read_pixels, to_pixels
from tests.browser.student import PATIENCE_MS
from tests.browser.test_page import PIXELS_SEEN, browser, encoded  # noqa: F401
from tests.conftest import ROOT

PAGES = ROOT / "docs" / "browser"
EXTRA = ROOT / "server" / "models" / "clothes" / "1" / "assets.extra"
DESK, NARROW = {"width": 1280, "height": 1000}, {"width": 320, "height": 640}
SEEN_BY_THE_PAGE = """async (base64) => {
    const gray = grayOf(await decoded(new Blob([bytesOf(base64)])));
    return [isPlain(gray), [...toModelPixels(gray).levels]];
}"""


@pytest.fixture(scope="module")
def engine() -> LiteRTEngine:
    """The model as the server runs it."""
    return LiteRTEngine(EXTRA / "clothes.tflite", ModelCard.read(EXTRA / "model_card.json"))


@pytest.fixture(scope="module")
def test_pixels(data) -> np.ndarray:
    """Of all test pictures, read without TensorFlow."""
    return read_test_set()[0]


@pytest.fixture(scope="module")
def opened(browser):  # noqa: F811
    """The page, opened once; fails if it ever breaks, offends its content policy, or asks for more than its files."""
    context = browser.new_context(viewport=DESK, offline=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((PAGES / "classify.html").as_uri())
    page.get_by_role("status").get_by_text("No picture yet.").wait_for()
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((ROOT / "docs").as_uri())] == []


@pytest.fixture
def page(opened):
    """The same page, at a desk, in the light, with nothing on it."""
    opened.set_viewport_size(DESK)
    opened.emulate_media(color_scheme="light")
    opened.get_by_role("button", name="Clear").click()
    return opened


def choose(page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.get_by_label("Choose a file").set_input_files(file)


def draw(page, *lines: list[tuple[int, int]]) -> None:
    """Lines with the mouse, from point to point, on a drawing area of 280 pixels."""
    box = page.get_by_role("img", name="Drawing area").bounding_box()
    scale = box["width"] / 280
    for line in lines:
        for number, (x, y) in enumerate(line):
            page.mouse.move(box["x"] + scale * x, box["y"] + scale * y, steps=4)
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def pictures() -> dict[str, Image.Image]:
    """Pictures of many kinds on plain backgrounds, with what is done to each."""
    chance = np.random.default_rng(7)
    shirt = Image.new("RGB", (300, 400), "white")
    pen = ImageDraw.Draw(shirt)
    pen.polygon([(60, 60), (240, 60), (290, 180), (230, 190), (220, 370), (80, 370), (70, 190), (10, 180)], "#3060a0")
    framed = Image.new("L", (200, 200), 255)
    framed.paste(Image.new("L", (120, 140), 0), (40, 30))
    ImageDraw.Draw(framed).ellipse((60, 60, 140, 140), fill=190)
    speckled = shirt.copy()
    speckled.putpixel((5, 5), (0, 0, 0))
    clear = Image.new("RGBA", (90, 70))
    ImageDraw.Draw(clear).ellipse((10, 20, 80, 60), fill=(200, 30, 60, 255))
    found = {
        "dark on white": shirt,
        "light on black": shirt.convert("L").point(lambda level: 255 - level),
        "flat": shirt.resize((300, 40)),
        "thin": shirt.resize((40, 300)),
        "one pixel wide": Image.new("L", (1, 90), 3),
        "larger than life": shirt.resize((1000, 2050)),
        "framed": framed,
        "a speck of dust": speckled,
        "transparent": clear,
        "one level": Image.new("L", (50, 50), 77),
    }
    for number in range(12):  # something gray of any size, on a background of any level
        width, height = chance.integers(20, 400, 2)
        levels = np.full((height, width), chance.integers(0, 256), np.uint8)
        top, left = chance.integers(height // 8 + 1, height // 2), chance.integers(width // 8 + 1, width // 2)
        levels[top : height - top, left : width - left] = chance.integers(0, 256, (height - 2 * top, width - 2 * left))
        found[f"chance {number}"] = Image.fromarray(levels)
    return found


def test_it_says_of_500_test_pictures_what_keras_says(page, test_pixels, engine):
    pixels = test_pixels[:500]
    there = page.evaluate("(base64) => scoresOf(bytesOf(base64))", base64.b64encode(pixels.tobytes()).decode())
    here = engine.predict(pixels)
    assert np.argmax(there, axis=1).tolist() == here.argmax(axis=1).tolist()
    assert np.abs(np.array(there) - here).max() < 1e-5


def test_it_sees_every_picture_as_the_server_does(page):
    for name, picture in pictures().items():
        plain, levels = page.evaluate(SEEN_BY_THE_PAGE, base64.b64encode(encoded(picture, "PNG")).decode())
        assert plain, name
        assert levels == to_pixels(picture).ravel().tolist(), name


def test_a_phones_photograph_is_upright(page):
    shirt, turned = pictures()["dark on white"], io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # stored sideways
    shirt.transpose(Image.Transpose.ROTATE_90).save(turned, "PNG", exif=exif)
    assert page.evaluate(SEEN_BY_THE_PAGE, base64.b64encode(turned.getvalue()).decode())[1] == (
        to_pixels(shirt).ravel().tolist()
    )


def test_the_models_own_pixels_stay_as_they_are(page, test_pixels):
    content = encoded(Image.fromarray(test_pixels[0]), "PNG")
    assert page.evaluate(SEEN_BY_THE_PAGE, base64.b64encode(content).decode())[1] == test_pixels[0].ravel().tolist()


def test_a_drawn_trouser_is_one_and_is_seen_as_the_server_sees_it(page):
    draw(page, [(110, 40), (105, 250)], [(165, 40), (170, 250)], [(110, 45), (165, 45)], [(110, 62), (165, 62)])
    page.get_by_role("status").get_by_text(re.compile(r"^Trouser, ")).wait_for()
    drawn = page.evaluate("pad.toDataURL()").partition(",")[2]
    assert page.locator("#seen").evaluate(PIXELS_SEEN) == read_pixels(base64.b64decode(drawn)).ravel().tolist()
    best = page.get_by_role("listitem").filter(has_text="best")
    assert re.fullmatch(r"Trouser best\s+\d+\.\d\s%", best.text_content().strip())


def test_a_file_is_chosen_and_an_unreadable_one_is_named(page, test_pixels):
    boot = ImageOps.expand(Image.fromarray(255 - test_pixels[0]).resize((280, 280)), border=40, fill="white")
    choose(page, "boot.png", encoded(boot, "PNG"))
    page.get_by_role("status").get_by_text(re.compile(r"^Ankle boot, ")).wait_for()
    assert page.locator("#seen").evaluate(PIXELS_SEEN) == to_pixels(boot).ravel().tolist()
    choose(page, "notes.txt", b"no picture")
    page.get_by_role("alert").get_by_text("This browser cannot read notes.txt as a picture: choose a PNG").wait_for()
    assert not page.locator("#answer").is_visible()
    choose(page, "boot.png", encoded(boot, "PNG"))
    page.get_by_role("status").get_by_text(re.compile(r"^Ankle boot, ")).wait_for()
    assert page.get_by_role("alert").text_content() == ""


def test_a_background_that_the_server_would_even_out_is_told(page):
    light = np.tile(np.linspace(160, 250, 200), (200, 1)).astype(np.uint8)
    light[60:140, 60:140] = 20
    choose(page, "wall.png", encoded(Image.fromarray(light), "PNG"))
    page.get_by_text("The background of wall.png is not of one color.").wait_for()


def test_the_keyboard_chooses_a_picture(page):
    page.get_by_role("button", name="Clear").focus()
    for _ in range(2):
        page.keyboard.press("Tab")  # past the file
    focused = "document.activeElement.ariaLabel"
    assert page.evaluate(focused).startswith("T-shirt/top, test picture ")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    for _ in range(20):
        page.keyboard.press("Tab")
    assert page.evaluate(focused).startswith("Ankle boot, test picture ")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.get_by_text("whose label is Ankle boot.").wait_for()
    assert page.locator("#scores .best").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_with_an_answer_and_no_wider_than_a_small_phone(page, scheme):
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("button", name="Bag, test picture").first.click()
    page.get_by_role("status").get_by_text(re.compile(r"^Bag, ")).wait_for()
    results = Axe().run(page, options={"preload": False})  # else it would ask for the style sheet
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    seen = page.get_by_role("status").bounding_box()
    assert 0 <= seen["y"] <= NARROW["height"] - seen["height"], "the answer is out of sight"


def test_on_a_phone_a_drawing_has_its_answer_under_it(page):
    below = page.get_by_role("link", name="all ten scores")
    page.set_viewport_size(NARROW)
    page.get_by_role("img", name="Drawing area").scroll_into_view_if_needed()
    draw(page, [(110, 40), (105, 250)], [(165, 40), (170, 250)], [(110, 45), (165, 45)], [(110, 62), (165, 62)])
    below.get_by_text(re.compile(r"^Trouser, \d")).wait_for()
    place = below.bounding_box()
    assert 0 <= place["y"] <= NARROW["height"] - place["height"], "it is out of sight"
    below.click()
    assert page.get_by_role("heading", name="What the model says").bounding_box()["y"] < NARROW["height"]
    page.set_viewport_size(DESK)
    assert not below.is_visible()
    page.get_by_role("button", name="Clear").click()
    page.set_viewport_size(NARROW)
    assert not below.is_visible()


def test_served_over_http_it_works_and_may_ask_for_nothing(browser):  # noqa: F811
    folder = partial(SimpleHTTPRequestHandler, directory=str(ROOT / "docs"))
    folder.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"http://127.0.0.1:{server.server_port}/browser/classify.html")
        page.get_by_role("button", name="Sandal, test picture").first.click()
        page.get_by_role("status").get_by_text(re.compile(r"^Sandal, ")).wait_for()
        for ask in ("fetch('model.js')", "new Promise((_, fail) => (new WebSocket('ws://127.0.0.1').onerror = fail))"):
            answer = page.evaluate(f"() => {ask}.then(() => 'answered', () => 'refused')")
            assert answer == "refused"
        page.close()
        server.shutdown()
