"""A picture with nothing in it gets an answer, as every picture does; both pages say that it is worth nothing."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.browser.student import PATIENCE_MS
from tests.browser.test_classified import PAGES
from tests.browser.test_page import browser, encoded, page  # noqa: F401

EMPTY = {
    "a white sheet": Image.new("L", (90, 60), 255),
    "one pixel": Image.new("L", (1, 1), 10),
    "transparent": Image.new("RGBA", (80, 80)),
    "a hair": Image.new("L", (5000, 3), 0),
}
TROUSER = Image.new("L", (90, 120), 255)
TROUSER.paste(0, (30, 20, 60, 100))


@pytest.fixture(params=["in the browser", "by the server"])
def asked(request, browser, page):  # noqa: F811
    """The page that classifies by itself, or the server's; and where it says what is to be thought of an answer."""
    if request.param == "by the server":
        yield page, page.get_by_role("status")
        return
    alone = browser.new_page()
    alone.goto((PAGES / "classify.html").as_uri())
    yield alone, alone.locator("#about")
    alone.close()


def test_what_is_empty_is_told_and_what_is_not_is_not(asked):
    opened, said = asked
    opened.set_default_timeout(PATIENCE_MS)
    for name, picture in [*EMPTY.items(), ("a trouser", TROUSER)]:
        file = {"name": f"{name}.png", "mimeType": "image/png", "buffer": encoded(picture, "PNG")}
        opened.locator("input[type=file]").set_input_files(file)
        opened.get_by_role("img", name=name).or_(said.get_by_text(name)).first.wait_for()
        assert ("sees nothing in" in said.text_content()) == (name in EMPTY), name
