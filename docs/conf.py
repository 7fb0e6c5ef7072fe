"""Sphinx's settings. Build the site with ``make docs``; what goes on in it is in ``docs/extensions/``."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.ext.autodoc.mock import MockFinder

sys.path.insert(0, str(Path(__file__).parent.parent))  # for docs.extensions, and for the modules that are described

project = "The MLOps workbook"
html_title = project
copyright = "2026 the MLOps workbook's authors"
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "docs.extensions.api_pages",
    "docs.extensions.copies",
    "docs.extensions.parts",
    "docs.extensions.links",
]
exclude_patterns = ["_build", "_parts", "bench/*.md", "install/*.md"]  # all but the first are parts of pages
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

# Shown with the outputs they are stored with; running and comparing them is for `workbook verify`.
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"

# Names and docstrings are needed, not the seconds that TensorFlow takes. Autodoc's own setting for this would let it
# import the bases of a class for real. The last three are found beside the runner, where that runs.
MOCKED = ["tensorflow", "tensorflow_serving", "keras", "skops", "onnxruntime", "kfp", "kubernetes_validate", "metaflow"]
MOCKED += ["ray", "wire", "config_files", "seccomp"]
sys.meta_path.insert(0, MockFinder(MOCKED))
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # as written in the code, not as this machine evaluates them
add_module_names = False  # the heading above says it
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_theme_options = {"top_of_page_buttons": []}
html_static_path = ["_static"]
html_favicon = "_static/icon.svg"
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_js_files = ["keyboard.js"]
html_copy_source = False
html_scaled_image_link = False
html_show_sphinx = False
