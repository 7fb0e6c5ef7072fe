"""How many of the faults a test finds that knows the contract and nothing else.

Schemathesis makes requests from the OpenAPI document, good ones and bad ones, and holds each answer against it.

python -m workbook.faults contract
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from server.contract.blueprint import DOCUMENT
from workbook.faults.catalog import FAULTS
from workbook.faults.serving import NAMES, app_of, running

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
MODEL = '[parameters]\n"path.name" = "clothes"\n"path.version" = 2\n'  # random names would all be 404
PHASES, EXAMPLES, SEED = "examples,coverage,fuzzing", 25, 9
FOUND_NOTHING, FOUND_SOMETHING = 0, 1  # exit statuses


def contract_test(url: str) -> list[str]:
    """The titles of what Schemathesis finds at the server ``url``; none if each answer is as the contract says.

    Raises ``RuntimeError`` with what Schemathesis says if it cannot run, or if the server cannot be reached.
    """
    with tempfile.TemporaryDirectory() as folder:  # where it notes down what it has tried, too
        (Path(folder) / "openapi.json").write_text(DOCUMENT, encoding="utf-8")
        (Path(folder) / "schemathesis.toml").write_text(MODEL, encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", f"--url={url}"]
        command += ["--include-path-regex=^/models", f"--phases={PHASES}", "--no-shrink"]
        command += [f"--max-examples={EXAMPLES}", f"--seed={SEED}", f"--checks={','.join(CHECKS)}"]
        command += ["--report=json", "--report-json-path=report.json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode not in (FOUND_NOTHING, FOUND_SOMETHING):
            raise RuntimeError(f"Schemathesis cannot test {url}: {done.stderr or done.stdout}")
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    if report["errors"]:  # it ends like a run that has found something, and lists no failure
        raise RuntimeError(f"{url} was not tested: {'; '.join(error['title'] for error in report['errors'])}")
    return [failure["title"] for failure in report["failures"]]


def show() -> None:
    """Print a line for each server as it is done, and how many of the faults were found. Takes some minutes."""
    faults = {fault.name for fault in FAULTS}
    found = 0
    for name in NAMES:
        with running(app_of(name)) as url:
            titles = contract_test(url)
        found += bool(titles) and name in faults
        print(f"{name:18}{'rejected' if titles else 'passed':10}{'; '.join(titles)}", flush=True)
    print(f"contract: {found} of {len(faults)} faults found")
