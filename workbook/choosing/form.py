"""The six questions as a form that argues while somebody clicks: HTML for a page of the site, and for a notebook."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from workbook.choosing.chooser import read_rules

HERE = Path(__file__).parent


def chooser_form() -> str:
    """The form with its rules and its script, in one element that needs nothing else."""
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    rules = read_rules()
    as_json = json.dumps(rules, default=str).replace("<", "\\u003c")  # dates as text; no tag can end the script
    script = (HERE / "chooser.js").read_text(encoding="utf-8")
    return environment.get_template("form.html.j2").render(rules=rules, as_json=as_json, script=script)
