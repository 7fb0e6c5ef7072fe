"""Parts of pages that are made from the code and its records: rooms, imports, REST contract, run times, claims.

Each is a template in ``docs/parts/``; the result goes to ``docs/_parts/``, where a page includes it.
"""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sphinx.application import Sphinx

from docs.extensions import diagram
from docs.extensions.files import write_if_new
from docs.extensions.import_map import read_imports
from docs.extensions.measured import measurements
from docs.extensions.rooms import read_rooms
from server.contract.blueprint import DOCUMENT, example_path, resolved
from workbook.choosing.capacity import Need, cost_a_million, plan
from workbook.choosing.chooser import read_rules
from workbook.choosing.claims import read_claims
from workbook.choosing.form import chooser_form
from workbook.choosing.frameworks import cells, frameworks
from workbook.contracts import azure, google, sagemaker
from workbook.contracts.catalog import CONTRACTS

TEMPLATES = Path(__file__).parent.parent / "parts"


def write_parts(app: Sphinx) -> None:
    folder = app.srcdir / "_parts"
    environment = Environment(loader=FileSystemLoader(TEMPLATES))  # writes Markdown: nothing to escape
    environment.filters.update(as_json=json.dumps, example_path=example_path)
    imports = read_imports()
    measured = measurements()
    servers = measured_servers(measured)
    facts = {
        "rooms": read_rooms(),
        "imports": imports,
        "arrows": sorted(imports.arrows, key=lambda arrow: (imports.order.index(arrow.source), arrow.target)),
        "diagram": diagram.lay_out(imports),
        "box_width": diagram.WIDTH,
        "box_height": diagram.HEIGHT,
        "measured": measured,
        "contract": resolved(json.loads(DOCUMENT)),
        "cpu_ms": {name: rows["8"]["cpu_ms"] for name, rows in servers.items()},
        "servers": servers,
        "plan": plan,
        "Need": Need,
        "cost_a_million": cost_a_million,
        "choice": read_rules(),
        "chooser_form": chooser_form(),
        "cells": cells(),
        "frameworks": frameworks(),
        "tools": {tool.key: tool for tool in read_claims()},
        "launches": {name: contract.launch for name, contract in CONTRACTS.items()},
        "sagemaker": sagemaker,
        "google": google,
        "azure": azure,
    }
    for name in environment.list_templates(extensions=["j2"]):
        write_if_new(folder / name.removesuffix(".j2"), environment.get_template(name).render(facts))


def measured_servers(measured: dict) -> dict[str, dict]:
    """By the name of a server, what the bench recorded of it, by the number of clients."""
    return {server["name"]: server["rows"] for server in measured["servers"]["results"] if server["rows"]}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_parts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
