"""What every answer tells the browser, errors included."""

from __future__ import annotations

import pytest
import requests


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/models", "/nothing"])
def test_no_browser_may_guess_a_content_type(served, path):
    assert requests.get(served + path, timeout=30).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/page/page.js"])
def test_the_page_runs_nothing_but_its_own_files(served, path):
    policy = requests.get(served + path, timeout=30).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_ready_route_names_what_is_served_and_is_503_for_nothing(served, tmp_path):
    from server.production.app import production_app

    assert requests.get(f"{served}/readyz", timeout=30).json() == {
        "status": "ok",
        "models": ["clothes", "clothing", "digits"],
    }
    assert production_app(tmp_path).test_client().get("/readyz").status_code == 503
