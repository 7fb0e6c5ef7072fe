"""What axe finds on the pages of a site, in light and in dark."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WORDS_OF_A_LOOK = 5
MARK_LOOKS = """([before, words]) => {
    const seen = new Map(Object.entries(before));
    const ground = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return color !== "rgba(0, 0, 0, 0)" || !element.parentElement ? color : ground(element.parentElement);
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    for (const element of document.body.querySelectorAll("*")) {
        delete element.dataset.look;
        if (!hasText(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
        const { color, fontSize, fontWeight, opacity } = getComputedStyle(element);
        const look = [color, fontSize, fontWeight, opacity, ground(element)].join();
        seen.set(look, 1 + (seen.get(look) ?? 0));
        if (seen.get(look) <= words) element.dataset.look = look;
    }
    return Object.fromEntries(seen);
}"""

# Colored words of code are most of a page's elements, and nothing but text: axe need know no more than their contrast.
FLATTEN_CODE = "document.querySelectorAll('pre').forEach((code) => { code.textContent = code.textContent; })"


class Accessibility:
    """Of pages with one style: a site has thousands of words in some tens of looks, and contrast belongs to the look.

    So contrast is asked of the first words of each look, on whichever pages they are; everything else of every page.
    """

    def __init__(self) -> None:
        self._looks: dict[str, int] = {}

    def violations(self, page: Page) -> list[str]:
        """Of the page that is open, as ``rule: element``. Its code loses its colors."""
        page.evaluate(Axe().axe_script)
        found = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            self._looks = page.evaluate(MARK_LOOKS, [self._looks, WORDS_OF_A_LOOK])
            if page.locator("[data-look]").count():
                found += _violations(page, {"runOnly": ["color-contrast"]}, "[data-look]")
        page.evaluate(FLATTEN_CODE)
        return found + _violations(page, {"rules": {"color-contrast": {"enabled": False}}})


def _violations(page: Page, options: dict, context: str | None = None) -> list[str]:
    """What axe finds on the page, or in the part of it that a selector names."""
    found = page.evaluate(
        "([context, options]) => axe.run(context ?? document, options).then((answer) => answer.violations)",
        [context, {"resultTypes": ["violations"], "preload": False, **options}],
    )
    return [f"{violation['id']}: {node['html'][:200]}" for violation in found for node in violation["nodes"]]
