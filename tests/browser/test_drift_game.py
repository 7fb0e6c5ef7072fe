"""The drift game in a real Chromium without a network: what the knob does, what is scored, and what stays."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from pipeline.dataset import read_test_set
from pipeline.drift.troubles import blur, rotation
from tests.browser.student import PATIENCE_MS
from tests.browser.test_classified import DESK, NARROW, PAGES, engine  # noqa: F401
from tests.browser.test_page import browser  # noqa: F401

COUNT = 200  # pictures in the game
CHANGED = "([kind, amount]) => troubled(samples, kind, amount).map((levels) => [...levels])"


@pytest.fixture(scope="module")
def opened(browser):  # noqa: F811
    """The game, opened from its file in a browser that has not seen it before; fails if it ever complains."""
    context = browser.new_context(viewport=DESK, offline=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((PAGES / "drift.html").as_uri())
    page.get_by_role("status").get_by_text("Lock in a guess").wait_for()
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def page(opened):
    """The same game, at a desk, with no guess kept."""
    opened.set_viewport_size(DESK)
    if opened.locator("#rounds").is_visible():
        opened.get_by_role("button", name="Forget my guesses").click()
    return opened


def set_knob(page, kind: str, steps: int) -> None:
    """With the keyboard alone: the arrow keys move within the choices, and along the knob."""
    page.get_by_role("radio", name=kind).press("Space")
    for _ in range(steps):
        page.get_by_role("slider", name="How much").press("ArrowRight")


def lock_in(page, guess: str) -> str:
    """Type a guess and press Enter; what the page then says."""
    page.get_by_role("spinbutton").fill(guess)
    page.get_by_role("spinbutton").press("Enter")
    said = page.get_by_role("status").get_by_text("mean best score")
    said.wait_for()
    return said.text_content()


def test_a_locked_guess_is_scored_as_the_server_would_and_stays(page, data, engine):  # noqa: F811
    labels = read_test_set()[1][:COUNT]
    set_knob(page, "It has turned", 2)
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "a turn by 30 degrees"
    said = lock_in(page, "70")
    scores = engine.predict(np.array(page.evaluate(CHANGED, ["rotation", 30]), np.uint8).reshape(-1, 28, 28))
    right, sure = 100 * np.mean(scores.argmax(axis=1) == labels), 100 * scores.max(axis=1).mean()
    assert [float(number) for number in re.findall(r"([\d.]+)\s%", said)] == [round(right, 1), round(float(sure), 1)]
    assert f" {70 - right:g} points below your guess" in said
    assert page.evaluate("document.activeElement.id") == "knob"

    page.reload()  # the browser is opened again
    page.get_by_role("status").get_by_text("Lock in a guess").wait_for()
    row = page.get_by_role("row", name=re.compile("^A turn by 30 degrees 70")).get_by_role("cell").all_inner_texts()
    assert row[2:] == [f"{right:.1f}\u00a0%", f"{sure:.1f}\u00a0%"]
    set_knob(page, "It has turned", 2)
    assert page.get_by_role("spinbutton").is_disabled()
    assert page.get_by_role("spinbutton").input_value() == "70"
    assert page.get_by_role("button", name="Lock in").is_disabled()
    page.get_by_role("button", name="Forget my guesses").click()
    assert page.get_by_role("spinbutton").is_enabled()
    assert page.evaluate("kept()") == []
    assert not page.locator("#rounds").is_visible()


def test_blur_and_turn_are_those_of_the_course(page, data):
    pixels = read_test_set()[0][:COUNT]
    here = {("blur", sigma): blur(sigma) for sigma in (0.5, 1.25, 4)}
    here |= {("rotation", degrees): rotation(degrees) for degrees in (15, 90, 165)}
    for setting, trouble in here.items():
        there = np.array(page.evaluate(CHANGED, list(setting))).reshape(pixels.shape)
        difference = np.abs(there - trouble(pixels, np.random.default_rng(0)).astype(int))
        assert difference.max() <= 1, setting  # a sum of floats that ends near a half
        assert np.mean(difference > 0) < 0.001, setting


def test_the_noise_is_as_strong_as_it_says_and_always_the_same(page):
    gray = "() => [1, 1, 2].map((seed) => [...noisy(new Uint8Array(40000).fill(128), 20, seed)])"
    first, again, other = np.array(page.evaluate(gray))
    assert first.tolist() == again.tolist()
    assert abs(first.mean() - 128) < 0.5
    assert abs(first.std() - 20) < 0.3
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.03


def test_what_is_no_guess_is_told(page):
    for guess in ("", "101", "-1", "2.5"):
        page.get_by_role("spinbutton").fill(guess)
        page.get_by_role("button", name="Lock in").click()
        page.get_by_role("alert").get_by_text("Type a whole number from 0 to 100.").wait_for()
        page.get_by_role("slider").press("ArrowRight")
        assert page.get_by_role("alert").text_content() == ""
    assert not page.locator("#rounds").is_visible()


def test_what_others_have_stored_there_does_not_stop_the_game(page):
    good = {"kind": "blur", "amount": 1, "guess": 50, "right": 0.8, "sure": 0.8}
    mixed = json.dumps([None, {"kind": "moon"}, {**good, "right": "<b>"}, good])
    for stored, left in {"{": [], "7": [], "null": [], mixed: [good]}.items():
        page.evaluate("(stored) => localStorage.setItem('drift-guesses', stored)", stored)
        assert page.evaluate("kept()") == left
    page.evaluate("localStorage.clear()")


def test_it_is_accessible_after_a_guess_and_no_wider_than_a_small_phone(page):
    page.set_viewport_size(NARROW)
    set_knob(page, "out of focus", 3)
    lock_in(page, "50")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page, options={"preload": False})  # else it would ask for the style sheet
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize(
    ("guess", "right", "told"),
    [(100, 0.915, "8.5 points below"), (83, 0.915, "8.5 points above"), (3, 0.04, "1 point above")],
)
def test_how_far_off_a_guess_was_is_said_to_the_half_point(page, guess, right, told):
    said = page.evaluate("verdictOf", {"guess": guess, "right": right, "sure": 0.5})
    assert f" right, {told} your guess." in said
