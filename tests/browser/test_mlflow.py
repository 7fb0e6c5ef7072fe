"""MLflow's own pages on the registry of a loop, in a real Chromium: what the lesson shows, and a student can open.

The picture in ``docs/pictures/`` is that of this test:
``pytest tests/browser/test_mlflow.py && cp work/screenshots/mlflow_versions.png docs/pictures/``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import dataset
from pipeline.loop import adoption, batches, registry, steps
from server.model_card import PINNED_MODELS
from tests.browser.student import PATIENCE_MS, take_picture
from tests.browser.test_page import browser  # noqa: F401
from workbook.servers.process import Process, answers, free_port

SCREEN = {"width": 1280, "height": 760}


@pytest.fixture(scope="module")
def home(tmp_path_factory, data) -> Path:
    """A loop whose two versions are the course's own: the first is the champion, the second on trial."""
    home = tmp_path_factory.mktemp("loop")
    images, labels = dataset.read_test_set()
    parts = {"train": (images[1000:2000], labels[1000:2000]), "test": (images[:1000], labels[:1000])}
    known = {part: [batches.ingest(home, *pictures, part)] for part, pictures in parts.items()}
    for number, name in enumerate(("champion", "challenger"), start=1):
        run = adoption.adopt(home, PINNED_MODELS / "clothes" / str(number), known)
        version = steps.register(str(home), run, {"passed": True, "reasons": []})
        registry.promote(home, version, "the gate") if name == "champion" else registry.challenge(home, version)
    return home


@pytest.fixture(scope="module")
def mlflow(home) -> Iterator[str]:
    """The address of ``mlflow server`` on this registry."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{home / 'mlflow.db'}"]
    with Process(command, {"MLFLOW_DISABLE_TELEMETRY": "true"}) as process:
        url = f"http://127.0.0.1:{port}"
        process.wait_until(lambda: answers(f"{url}/health"), "answer of MLflow")
        yield url


def test_its_pages_show_the_runs_and_the_versions_with_their_aliases(browser, mlflow):  # noqa: F811
    page = browser.new_page(viewport=SCREEN)
    page.set_default_timeout(PATIENCE_MS)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{mlflow}/#/experiments/1/runs")
    page.get_by_role("button", name="Close").click()  # an assistant that somebody would have to provide
    page.get_by_role("row").nth(2).wait_for()
    page.goto(f"{mlflow}/#/models/clothes")
    for alias, version in (("champion", "Version 1"), ("challenger", "Version 2")):
        row = page.get_by_role("row").filter(has_text=version)
        row.get_by_text(alias).wait_for()
    take_picture(page, "mlflow_versions")
    page.close()
    assert [url for url in asked if not url.startswith((mlflow, "data:", "blob:"))] == [], "it asks somebody else"
