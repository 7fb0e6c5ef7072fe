"""The notebooks of lessons and labs as pages, as they are stored, with the alternative text of each picture; and the
pages on which the model runs in the browser.

Sphinx reads only what is below ``docs/``, and a symbolic link would not work on Windows, so these are copies.
"""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS, LABS = "_notebooks", "_labs"
BROWSER = "browser"  # whose pages Sphinx does not make
# In the repository, a link leads to the file; on the site, to its page.
TO_PAGES = [
    (re.compile(r"\]\((?:\.\./)+notebooks/(\w+\.ipynb)"), rf"](/{NOTEBOOKS}/\1"),
    (re.compile(r"\]\((?:\.\./)+labs/(\w+)/lab(\.ipynb)"), rf"](/{LABS}/\1\2"),
    (re.compile(r"\]\((?:\.\./)+docs/"), "](/"),
]


def copy_all(app: Sphinx) -> None:
    copy(app.srcdir / NOTEBOOKS, {path.name: path for path in (ROOT / "notebooks").glob("*.ipynb")})
    copy(app.srcdir / LABS, {f"{path.parent.name}.ipynb": path for path in (ROOT / "labs").glob("*/lab.ipynb")})


def copy(folder: Path, files: dict[str, Path]) -> None:
    """Make ``folder`` have these files, by name, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, path in files.items():
        shutil.copy2(path, folder / name)  # with its time of change, so that an unchanged page is not built again


def copy_browser_pages(app: Sphinx, error: Exception | None) -> None:
    """Put the pages with the model beside the site's own, as they are: they must work without it, too."""
    if not error and app.builder.format == "html":
        shutil.copytree(app.srcdir / BROWSER, Path(app.outdir) / BROWSER, dirs_exist_ok=True)


def point_at_pages(_app: Sphinx, _page: str, content: list[str]) -> None:
    for pattern, target in TO_PAGES:
        content[0] = pattern.sub(target, content[0])


def add_alternative_texts(app: Sphinx, doctree: nodes.document) -> None:
    """Give each picture of a notebook the text that is stored with it, which myst-nb leaves out.

    myst-nb names the file of a picture after the SHA-256 of its content; by that the two are matched.
    """
    page = Path(app.env.doc2path(app.env.docname))
    texts = stored_texts(page) if page.suffix == ".ipynb" else {}
    for image in doctree.findall(nodes.image):
        if text := texts.get(Path(image["uri"]).stem):
            image["alt"] = text
        elif not image.get("alt"):
            logging.getLogger(__name__).warning("a picture has no alternative text", location=image)


def stored_texts(notebook: Path) -> dict[str, str]:
    """The alternative text of each PNG among a notebook's outputs, by the SHA-256 of the PNG."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    pngs = [output for output in outputs if "image/png" in output.get("data", {})]
    return {sha256(b64decode("".join(png["data"]["image/png"]))).hexdigest(): alternative_text(png) for png in pngs}


def alternative_text(output: dict) -> str:
    return output["metadata"].get("image/png", {}).get("alt", "")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", copy_all)
    app.connect("source-read", point_at_pages)
    app.connect("doctree-read", add_alternative_texts)
    app.connect("build-finished", copy_browser_pages, priority=400)  # before links are checked, with 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
