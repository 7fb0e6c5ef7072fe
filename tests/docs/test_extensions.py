"""What the build of the site reads and checks; the built pages are looked at in ``tests/browser/test_site.py``."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from graphlib import CycleError

import pytest

from docs.extensions import links
from docs.extensions.import_map import FOLDERS, read_imports
from docs.extensions.measured import whole_run
from tests.conftest import ROOT
from workbook.labs.authoring.manifest import Lab, Limits, Task


def test_the_lab_format_names_every_field():
    text = (ROOT / "docs" / "lab_format.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    by_the_file = {"folder", "number", "reference"}  # what a lab knows by where it is written, not by a field
    for kind in (Lab, Task, Limits):
        assert {named.name for named in fields(kind)} - by_the_file <= {*rows}, kind
    for limit in fields(Limits):
        assert re.search(rf"^\| `{limit.name}` \| [\w ]+ \| {limit.default} \|", text, re.MULTILINE), limit.name


@pytest.mark.parametrize("part", ["rest", "model_card"])
def test_a_page_of_the_contract_says_where_to_read_it_without_a_build(part):
    (page,) = [text for path in (ROOT / "docs").glob("*.md") if f"_parts/{part}.md" in (text := path.read_text())]
    assert (ROOT / "server" / "contract" / "openapi.json").is_file()
    assert "`server/contract/openapi.json`" in page


def test_two_folders_that_import_each_other_are_refused(tmp_path):
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "server" / "a.py").write_text("from pipeline import export\n")
    assert read_imports(tmp_path).order.index("pipeline") > read_imports(tmp_path).order.index("server")
    (tmp_path / "pipeline" / "b.py").write_text("def f():\n    import server.model_card\n")
    with pytest.raises(CycleError):
        read_imports(tmp_path).order  # noqa: B018


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "there.txt").write_text("")
    pages = {
        (tmp_path / "a.html").as_uri(): links.Links(
            '<p id="here"><a href="b.html#there"></a><a href="#here"></a><a href="there.txt"></a>'
            '<a href="b.html#gone"></a><a href="c.html"></a><img src="d.png"><a href="https://example.org/x">'
        ),
        (tmp_path / "b.html").as_uri(): links.Links('<h2 id="there">'),
    }
    told = [line.rpartition("the link ")[2] for line in links.broken_links(pages)]
    assert told == ["b.html#gone leads nowhere", "c.html leads nowhere", "d.png leads nowhere"]
    assert links.outer_links(pages) == ["https://example.org/x"]


def test_the_times_of_a_run_that_failed_are_refused(tmp_path):
    report = tmp_path / "run.json"
    ran = {"notebook": "01_a.ipynb", "seconds": 4.9, "error": None, "artifacts": []}
    report.write_text(json.dumps([ran]))
    assert whole_run(report) == [ran]
    for broken in ({**ran, "error": "cell 3: AssertionError"}, {**ran, "seconds": None}):
        report.write_text(json.dumps([ran, broken]))
        with pytest.raises(ValueError, match=r"01_a\.ipynb did not run to the end"):
            whole_run(report)
