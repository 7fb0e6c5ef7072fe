"""One round of the loop as a flow of Metaflow: the same functions as the Kubeflow pipeline, by another engine.

What a step leaves in ``self`` is stored when it has ended, and the next step finds it there. Nothing is cached: a new
run does every step again. But a run that was killed can be resumed, and what had ended is taken from it. ``run``
resumes the last run if it did not end and had the same round to do, with the same code; otherwise it begins a new one.

It runs in the engines' environment, as ``python -m pipeline.engines.metaflow_round run CONFIG RESULT``. Metaflow itself
starts this file again for each step, with other arguments.
"""

import json
import subprocess
import sys
from pathlib import Path

from metaflow import Flow, FlowSpec, JSONType, Parameter, namespace, step

from pipeline.loop import steps
from server.model_card import sha256_of


class ClothesRound(FlowSpec):
    """From a batch of pictures to a model on trial, or to the step that stopped it."""

    config = Parameter("config", type=JSONType, required=True, help="What plan.configuration returns.")
    inputs = Parameter("inputs", required=True, help="Hashes of the code and the new batch.")

    @step
    def start(self):
        self.home, self.data = self.config["home"], self.config["data"]
        self.champion = self.config["champion"]
        self.batch, self.run_id, self.version = None, None, None
        self.stopped, self.reasons = None, []
        self.next(self.ingest)

    @step
    def ingest(self):
        self.batch = steps.ingest(self.home, self.config["path"])
        self.next(self.validate)

    @step
    def validate(self):
        self.outcome = "go_on"
        if steps.learned(self.home, self.batch, self.champion):
            self.version, self.outcome = self.champion, "end"
        else:
            verdict = steps.validate(self.home, self.batch, self.data, self.champion, self.config["limits"])
            if not verdict["passed"]:
                self.reasons = [finding["message"] for finding in verdict["findings"] if finding["stops"]]
                self.stopped, self.outcome = "validate", "end"
        self.next({"go_on": self.train, "end": self.end}, condition="outcome")

    @step
    def train(self):
        more = {**self.data, "train": [*self.data["train"], self.batch]}
        strategy, parameters = self.config["strategy"], self.config["parameters"]
        self.run_id = steps.train(self.home, more, strategy, parameters, self.champion)
        self.next(self.compare)

    @step
    def compare(self):
        self.compared = steps.compare(self.home, self.run_id, self.champion, self.data)
        self.next(self.gate)

    @step
    def gate(self):
        self.verdict = steps.gate(self.compared, self.config["rules"])
        self.next(self.register)

    @step
    def register(self):
        self.version = steps.register(self.home, self.run_id, self.verdict)
        self.outcome = "go_on"
        if not self.verdict["passed"]:
            self.stopped, self.reasons, self.outcome = "gate", self.verdict["reasons"], "end"
        self.next({"go_on": self.deploy, "end": self.end}, condition="outcome")

    @step
    def deploy(self):
        steps.deploy(self.home, self.version, self.config["repository"])
        self.next(self.end)

    @step
    def end(self):
        """What came out, as ``pipeline.loop.steps.run_round`` returns it."""
        told = {"batch": self.batch, "run": self.run_id, "version": self.version}
        self.result = told | {"stopped": self.stopped, "reasons": self.reasons}


def run(config: dict) -> dict:
    """Run a round here, as ``pipeline.loop.steps.run_round`` does, each step in a process of its own.

    Raises ``CalledProcessError`` if a step fails.
    """
    inputs = json.dumps({"code": steps.code_hash(), "content": sha256_of(Path(config["path"]))})
    stopped = _unfinished(config, inputs)
    told = ["resume", "--origin-run-id", stopped] if stopped else ["run"]
    if not stopped:
        told += ["--config", json.dumps(config), "--inputs", inputs]
    subprocess.run([sys.executable, __file__, "--no-pylint", *told], check=True)
    return _latest().data.result


def _unfinished(config: dict, inputs: str) -> str | None:
    """The id of the last run, if it did not end and was for the same round."""
    last = _latest()
    if last is None or last.finished:
        return None
    first = last["start"].task
    same = first is not None and first.finished and (first.data.config, first.data.inputs) == (config, inputs)
    return last.id if same else None


def _latest():
    from metaflow.exception import MetaflowNotFound

    namespace(None)
    try:
        return Flow(ClothesRound.__name__).latest_run
    except MetaflowNotFound:  # the first run
        return None


if __name__ == "__main__":
    if sys.argv[1] == "run" and len(sys.argv) == 4:
        result = run(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
        Path(sys.argv[3]).write_text(json.dumps(result), encoding="utf-8")
    else:
        ClothesRound()
