"""Checks the links of the finished site: inner ones must lead somewhere, outer ones are listed."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from sphinx.application import Sphinx
from sphinx.util import logging

LIST = "outer_links.txt"


class Links(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.anchors.add(value or "")
            elif name in ("href", "src") and tag != "use":  # <use> draws a part of the page
                self.targets.append(value or "")


def check_links(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    pages = {path.as_uri(): Links(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    for broken in broken_links(pages):
        logging.getLogger(__name__).warning("%s", broken)
    (folder / LIST).write_text("".join(f"{link}\n" for link in outer_links(pages)), encoding="utf-8")


def broken_links(pages: dict[str, Links]) -> list[str]:
    """What is wrong with links within the site, a line for each. ``pages`` are by their ``file:`` address."""
    found = []
    for address, page in pages.items():
        for target in page.targets:
            url = urlsplit(urljoin(address, target))
            if url.scheme == "file" and not leads_somewhere(url._replace(fragment="").geturl(), url.fragment, pages):
                found.append(f"{address}: the link {target} leads nowhere")
    return found


def leads_somewhere(address: str, fragment: str, pages: dict[str, Links]) -> bool:
    if address in pages:
        return unquote(fragment) in pages[address].anchors
    return Path(unquote(urlsplit(address).path)).is_file()


def outer_links(pages: dict[str, Links]) -> list[str]:
    """The addresses outside the site, each once."""
    targets = {target for page in pages.values() for target in page.targets}
    return sorted(target for target in targets if urlsplit(target).scheme in ("http", "https"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", check_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
