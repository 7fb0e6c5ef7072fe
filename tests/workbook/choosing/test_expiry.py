"""What the course says about tools expires: claims by their date, tools by their releases, asked over real HTTP."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import ROOT
from workbook.choosing import expiry
from workbook.choosing.claims import Claim, Tool, read_claims
from workbook.choosing.releases import last_release
from workbook.errors import UserError

TODAY = date(2026, 11, 27)
OF_PYPI = {
    "files": [
        {"filename": "tool-1.0-py3-none-any.whl", "upload-time": "2025-03-01T09:00:00.5Z", "yanked": False},
        {"filename": "tool-1.1.tar.gz", "upload-time": "2025-06-06T23:00:00Z", "yanked": False},
        {"filename": "tool-1.2rc1.tar.gz", "upload-time": "2025-12-16T00:58:57Z", "yanked": False},
        {"filename": "tool-1.3.tar.gz", "upload-time": "2026-01-01T00:00:00Z", "yanked": "broken"},
        {"filename": "tool-0.1.win32.exe", "upload-time": "2026-02-02T00:00:00Z", "yanked": False},
    ]
}
OF_NPM = {
    "dist-tags": {"latest": "4.22.0", "next": "5.0.0-rc1"},
    "time": {
        "modified": "2026-05-05T00:00:00Z",
        "4.22.0": "2024-12-09T01:56:42.902Z",
        "5.0.0-rc1": "2026-05-05T00:00:00Z",
    },
}


class Registry(BaseHTTPRequestHandler):
    def do_GET(self):
        answers = {
            "/tool/": OF_PYPI,
            "/@scope%2Ftool": OF_NPM,
            "/timeless/": {"files": [{"filename": "timeless-1.0.tar.gz"}]},
        }
        known = answers.get(self.path)
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps(known).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def registry(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("package", "day"), [("pypi:tool", date(2025, 6, 6)), ("npm:@scope/tool", date(2024, 12, 9))])
def test_the_last_final_release_that_was_not_withdrawn_counts(registry, package, day):
    assert last_release(package) == day


@pytest.mark.parametrize("package", ["pypi:unknown", "pypi:timeless", "npm:unknown"])
def test_a_registry_that_does_not_say_is_told_in_one_line(registry, package):
    with pytest.raises(UserError, match=rf"^{package}: its registry did not say when it was released \(.*\)$"):
        last_release(package)


def test_without_a_network_it_says_that_it_takes_one(monkeypatch, capsys):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9")
    assert expiry.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pypi:flask: ") and line.endswith("It takes a network")


def a_tool(checked: date = TODAY, silent_since: date | None = None) -> Tool:
    return Tool(
        "x", "X", (Claim("license", "Its license is MIT.", checked, "https://example.org"),), "pypi:x", silent_since
    )


@pytest.mark.parametrize(
    ("tool", "released", "told"),
    [
        (a_tool(), TODAY - timedelta(30), []),
        (a_tool(TODAY - timedelta(365)), TODAY, []),
        (a_tool(TODAY - timedelta(366)), TODAY, ["read https://example.org again"]),
        (a_tool(), TODAY - timedelta(366), ["X had its last release on 2025-11-26: say so"]),
        (a_tool(silent_since=date(2024, 1, 1)), date(2024, 1, 1), []),
        (a_tool(silent_since=date(2024, 1, 1)), date(2026, 1, 1), ["X is said to be silent since 2024-01-01, and had"]),
    ],
)
def test_what_has_expired_is_told(tool, released, told, monkeypatch):
    monkeypatch.setattr(expiry, "sourced_rules", list)
    _, to_do = expiry.examine([tool], TODAY, lambda package: released)
    assert [line.startswith(start) for line, start in zip(to_do, told, strict=True)] == [True] * len(told)


def test_the_reasons_of_the_choice_expire_too():
    _, to_do = expiry.examine([], date(2036, 1, 1), last_release)
    assert any("tensorflow.org/tfx" in line for line in to_do)


def test_every_claim_names_its_source_and_no_day_to_come():
    tools = read_claims()
    assert len({tool.key for tool in tools}) == len(tools)
    for tool in tools:
        for claim in tool.claims:
            assert claim.source.startswith(("https://", "pypi:", "npm:")) and claim.checked <= date.today(), claim
            assert claim.kind in {"license", "version", "limit", "status", "history"} and claim.text.endswith("."), (
                claim
            )


def written_in(page: Path) -> str:
    """What somebody wrote there: in a notebook, not what a cell printed, which comes from the table."""
    text = page.read_text(encoding="utf-8")
    cells = json.loads(text)["cells"] if page.suffix == ".ipynb" else [{"source": text}]
    return "\n".join("".join(cell["source"]) for cell in cells)


def test_what_became_of_a_tool_is_said_in_the_table_alone():
    words = re.compile("Business Source License|in(?:to)? liquidation|unmaintained|ingress-nginx", re.IGNORECASE)
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("labs/*/*.ipynb"), ROOT / "README.md"]
    assert [page.name for page in pages if words.search(written_in(page))] == []
