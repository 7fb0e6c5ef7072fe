"""A round of the loop by each engine, as a user starts it: killed, repeated, refused; few pictures, one training.

All of it happens in one loop, because the training takes most of the time. So the tests of this file go in their order.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock

from pipeline.loop import registry
from pipeline.loop.tracking import ALONE
from tests.conftest import ROOT
from tests.workbook.test_cli import one_line_error, workbook
from workbook.errors import UserError
from workbook.pipelines.commands import settings
from workbook.pipelines.engines import run_round
from workbook.pipelines.measure import QUICK, command, run, small_batch, state, wait_for_end

EASY, HARD = QUICK, ("-p", "epochs=1", "--rule", "least=0.999")
# What a cluster does first with the file: it reads it as the message PipelineSpec.
READ = """
import sys, yaml
from pathlib import Path
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
spec = yaml.safe_load(open(sys.argv[1]))
read = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
assert json_format.MessageToDict(read)["root"]["dag"]["tasks"]["ingest"]
from pipeline.engines.kubeflow import arguments
from pipeline.loop.fingerprint import code_hash
from server.model_card import sha256_of
config = dict.fromkeys(("home", "path", "champion", "strategy", "repository", "data", "parameters", "limits", "rules"))
told = arguments({**config, "path": sys.argv[1]})
assert (told["code"], told["content"]) == (code_hash(), sha256_of(Path(sys.argv[1])))
print(*sorted(name.removeprefix("comp-") for name in read.components if not "condition" in name))
spec["anything"] = 1
try:
    json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
except json_format.ParseError as error:
    print(str(error).replace(chr(10), " "))
from kfp import compiler
from pipeline.engines.kubeflow import clothes
compiler.Compiler().compile(clothes, sys.argv[2])
"""


@pytest.fixture(scope="module")
def home(data, tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("loop")


@pytest.fixture(scope="module")
def batch(data, tmp_path_factory) -> Path:
    return small_batch(tmp_path_factory.mktemp("batch") / "new.npz")


def round_of(home: Path, batch: Path, engine: str, options=EASY) -> subprocess.CompletedProcess:
    return workbook("pipeline", "run", str(batch), "--home", str(home), "--engine", engine, *options)


def lesson() -> str:
    """The prose of notebook 11."""
    notebook = nbformat.read(ROOT / "notebooks" / "11_loop.ipynb", as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def unindented(text: str) -> str:
    """The lines of the text, each without what is before it; a quotation leaves out a part of the levels."""
    return "\n".join(line.strip() for line in text.splitlines())


def begun(result: subprocess.CompletedProcess) -> list[str]:
    return [line.partition(": ")[2] for line in result.stdout.splitlines() if line.startswith("begun: ")]


def test_a_round_that_is_killed_leaves_no_process_and_goes_on_where_it_was(engines, home, batch):
    steps, _ = run(command(home, batch, "kubeflow"), kill_at="compare")
    assert steps == ["ingest", "validate", "train", "compare"]
    assert wait_for_end(home) == 0
    again = round_of(home, batch, "kubeflow")
    assert begun(again) == ["compare", "gate", "register", "deploy"], again.stdout + again.stderr
    assert "Version 1 is in the model repository, on trial" in again.stdout
    assert (home / "repository" / "clothes" / "1" / "saved_model.pb").is_file()
    assert (registry.versions(home), registry.challenger(home)) == (["1"], "1")


def test_a_second_run_runs_no_step(engines, home, batch):
    result = round_of(home, batch, "kubeflow")
    assert result.returncode == 0 and begun(result) == []
    assert "Nothing had to be done: version 1" in result.stdout


def test_the_gate_stops_what_is_not_good_enough(engines, home, batch):
    result = round_of(home, batch, "kubeflow", HARD)
    assert result.returncode == 1
    assert begun(result) == ["gate", "register"]  # and no deployment: only the rules have changed
    assert "Stopped at gate:" in result.stdout and "at least 0.999" in result.stdout


def test_metaflow_comes_to_the_same_and_resumes_a_round_that_was_killed(engines, home, batch):
    before = state(home)
    steps, _ = run(command(home, batch, "metaflow"), kill_at="gate")
    assert steps == ["ingest", "validate", "train", "compare", "gate"] and wait_for_end(home) == 0
    again = round_of(home, batch, "metaflow")
    assert begun(again) == ["gate", "register", "deploy"], again.stdout + again.stderr
    assert "Version 1 is in the model repository, on trial" in again.stdout
    assert state(home) == before


@pytest.mark.parametrize("engine", ["kubeflow", "plain"])
def test_a_file_that_was_replaced_is_looked_at_again_and_a_step_that_fails_is_one_line(engines, home, batch, engine):
    """By its name alone, Kubeflow's cache would have a result for it, and so would the folder of the last round."""
    content = batch.read_bytes()
    batch.write_bytes(b"no archive")
    try:
        result = round_of(home, batch, engine)
    finally:
        batch.write_bytes(content)
    assert "not an .npz file with the arrays images and labels" in one_line_error(result)


def test_an_engine_that_ends_without_a_result_does_not_give_the_last_ones(tmp_path):
    """The course's own Python has no Kubeflow."""
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "result.json").write_text('{"stopped": null}')
    with pytest.raises(UserError, match=r"ModuleNotFoundError: No module named 'kfp'; see .*kubeflow\.log"):
        run_round({"home": str(tmp_path)}, "kubeflow", Path(sys.executable), print)


def test_of_two_rounds_at_once_the_second_is_told_to_wait(home, batch):
    with FileLock(home / ALONE):
        assert "another round, or a loop, is at work" in one_line_error(round_of(home, batch, "plain"))


def test_what_cannot_be_asked_for_is_one_line(batch, tmp_path):
    assert "none.npz is not there" in one_line_error(workbook("pipeline", "run", "none.npz"))
    (tmp_path / "mlflow.db").write_text("no database")
    broken = workbook("pipeline", "run", str(batch), "--home", str(tmp_path))
    assert "mlflow.db cannot be read: file is not a database; put back a copy of it" in one_line_error(broken)
    for wrong in ("epochs", "epochs=much", "epochs=[3]"):
        with pytest.raises(UserError, match="write NAME=NUMBER"):
            settings([wrong])


def test_the_compiled_file_is_what_a_cluster_reads_and_the_same_each_time(engines, tmp_path):
    file, again = tmp_path / "one.yaml", tmp_path / "two.yaml"
    assert workbook("pipeline", "compile", str(file)).returncode == 0
    read = subprocess.run([engines, "-c", READ, file, again], capture_output=True, text=True, check=True).stdout
    assert file.read_bytes() == again.read_bytes()
    names, refused = read.splitlines()[:2]
    assert {"ingest", "validate", "learn", "train", "compare", "gate", "register", "deploy"} <= {*names.split()}
    assert "anything" in refused
    (quoted,) = re.findall(r"```yaml\n(.*?)```", lesson(), flags=re.DOTALL)
    compiled = unindented(file.read_text(encoding="utf-8"))
    for part in re.split(r"^ *\.\.\.\n", quoted, flags=re.MULTILINE):
        assert unindented(part) in compiled, f"notebook 11 quotes {part}"
