"""Sphinx's settings: the notebooks as they are stored, the design, and the API. Build with ``make docs``."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

project = "The MLOps workbook"
html_title = project
copyright = "2026 the MLOps workbook's authors"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "bench/*.md", "install/*.md"]  # the latter are parts of a page
html_theme = "furo"

# Shown with the outputs they are stored with; running and comparing them is for `workbook verify`.
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
myst_heading_anchors = 3

# The API page needs names and docstrings, not the seconds that TensorFlow takes.
# "wire" is found beside the runner, where that runs.
autodoc_mock_imports = ["tensorflow", "tensorflow_serving", "keras", "skops", "wire"]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # as written in the code, not as this machine evaluates them
autodoc_default_options = {"members": True}

HERE = Path(__file__).parent
SOURCE = HERE.parent / "notebooks"
# Sphinx reads only what lies below docs/, and a symbolic link would not do on Windows: hence a copy.
COPY = HERE / "_notebooks"


def copy_notebooks(_app: Sphinx) -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir()
    for path in SOURCE.glob("*.ipynb"):
        shutil.copy2(path, COPY)  # with its time of change, so that an unchanged page is not built again


def add_alternative_texts(app: Sphinx, doctree: nodes.document) -> None:
    """Give each picture of a notebook the text that is stored with it, which myst-nb leaves out.

    myst-nb names the file of a picture after the SHA-256 of its content; by that the two are matched.
    """
    page = app.env.doc2path(app.env.docname)
    if page.suffix == ".ipynb":
        texts = stored_texts(page)
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


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", copy_notebooks)
    app.connect("doctree-read", add_alternative_texts)
