"""The first commands on the page of the stand-in for TensorFlow Serving, with the models of a fresh clone."""

from __future__ import annotations

import json

from tests.conftest import ROOT
from tests.guides.typed import commands_in
from workbook.servers.process import free_port

PAGE = (ROOT / "docs" / "model_server.md").read_text()


def test_the_first_question_is_answered(clone):
    page = PAGE.replace("\\\n", "").replace("|\n", "|")
    for port in ("8500", "8501"):
        page = page.replace(port, str(free_port()))
    serve, ask = commands_in(page)
    with clone.typed(serve, r"Exporting HTTP/REST API at:(\S+)"):
        answer = clone.type(ask.replace("curl", "curl --silent"))
    (scores,) = json.loads(answer)["predictions"]
    assert len(scores) == 10
