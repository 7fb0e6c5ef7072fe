"""The client in R, as the page on it has it, against the reference over real HTTP."""

from __future__ import annotations

import os
import shutil
import subprocess

import numpy as np
import pytest
import requests

from tests.conftest import ROOT
from workbook.bench.question import trousers

needs_r = pytest.mark.skipif(
    not shutil.which("Rscript"), reason="R is not installed: apt install r-base-core r-cran-httr2 r-cran-jsonlite"
)


def asked_by_r(server: str, picture: np.ndarray, folder) -> subprocess.CompletedProcess:
    np.savetxt(folder / "picture.csv", picture, fmt="%d", delimiter=",")
    command = ["Rscript", ROOT / "docs" / "client.R", folder / "picture.csv"]
    environment = {**os.environ, "SERVER": server, "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@needs_r
def test_r_gets_the_label_and_the_score_and_the_servers_own_words_if_it_is_refused(served, tmp_path):
    picture = np.array(trousers())
    python = requests.post(f"{served}/models/clothes/v1", json={"image": trousers()}, timeout=30).json()
    done = asked_by_r(served, picture, tmp_path)
    label, _, score = done.stdout.strip().rpartition(" ")
    assert done.returncode == 0, done.stderr
    assert label == python["labels"][0]
    assert float(score) == pytest.approx(max(python["result"][0]), abs=1e-5)
    picture[0, 0] = 300
    refused = asked_by_r(served, picture, tmp_path)
    assert refused.returncode != 0
    assert "the pixels go from 0 to 300; expected 28 rows of 28 whole numbers from 0 to 255" in refused.stderr
