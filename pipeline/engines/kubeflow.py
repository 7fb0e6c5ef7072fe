"""One round of the loop as a pipeline of Kubeflow: run here, step by step, or compiled to the file that a cluster runs.

Kubeflow stores the text of each function below, without the rest of this module, so each imports what it needs. All of
them call ``pipeline.loop.steps``. A step whose arguments were seen before is not run again: what it returned is in
``home/pipeline/``. The code it calls is not among its arguments, nor is what is in a file, so their hashes are:
``code`` and ``content``. What has a structure goes as JSON in a text: Kubeflow makes floats of all numbers in it.

It runs in the engines' environment, as ``python -m pipeline.engines.kubeflow`` with ``run CONFIG RESULT`` or ``compile
FILE``.
"""

# Without `from __future__ import annotations`: Kubeflow reads the annotations as they are here, and knows no texts.
import functools
import json
import sys
from pathlib import Path
from typing import NamedTuple

from kfp import compiler, dsl, local

from pipeline.loop.fingerprint import code_hash
from server.model_card import sha256_of

# For a cluster. It has to hold the course, with its lock and that of the engines; see docs/pipelines.md.
IMAGE = "mlops-workbook/python:latest"
step = functools.partial(dsl.component, base_image=IMAGE, install_kfp_package=False)


@step
def ingest(home: str, path: str, content: str, code: str) -> str:
    """Store the batch, and return its hash."""
    from pipeline.loop import steps

    return steps.ingest(home, path)


@step
def validate(  # noqa: PLR0913, PLR0917  one for each thing that may change
    home: str, batch: str, data: str, champion: str, limits: str, code: str
) -> NamedTuple("Checked", [("outcome", str), ("reasons", str)]):
    """``passed``, ``refused``, or ``known`` for a batch that the champion has learned from already."""
    import json

    from pipeline.loop import steps

    if steps.learned(home, batch, champion):
        return "known", "[]"
    verdict = steps.validate(home, batch, json.loads(data), champion, json.loads(limits))
    reasons = [finding["message"] for finding in verdict["findings"] if finding["stops"]]
    return "passed" if verdict["passed"] else "refused", json.dumps(reasons)


@step
def train(  # noqa: PLR0913, PLR0917  one for each thing that may change
    home: str, data: str, strategy: str, parameters: str, champion: str, batch: str, code: str
) -> str:
    """Train with the new batch added, and return the id of MLflow's run."""
    import json

    from pipeline.loop import steps

    known = json.loads(data)
    more = {**known, "train": [*known["train"], batch]}
    return steps.train(home, more, strategy, json.loads(parameters), champion)


@step
def compare(home: str, run: str, champion: str, data: str, code: str) -> str:
    """The new model and the champion on the same pictures."""
    import json

    from pipeline.loop import steps

    return json.dumps(steps.compare(home, run, champion, json.loads(data)), sort_keys=True)


@step
def gate(compared: str, rules: str, code: str) -> NamedTuple(
    "Gate", [("passed", bool), ("verdict", str), ("reasons", str)]
):
    """May the model go out?"""
    import json

    from pipeline.loop import steps

    verdict = steps.gate(json.loads(compared), json.loads(rules))
    return verdict["passed"], json.dumps(verdict), json.dumps(verdict["reasons"])


@step
def register(home: str, run: str, verdict: str, code: str) -> str:
    """The model's version in the registry, with the gate's verdict on it."""
    import json

    from pipeline.loop import steps

    return steps.register(home, run, json.loads(verdict))


@step
def deploy(home: str, version: str, repository: str, code: str) -> str:
    """Put the version into the model repository, on trial."""
    from pipeline.loop import steps

    return steps.deploy(home, version, repository)


@step
def report(batch: str, run: str, version: str, stopped: str, why: str) -> str:
    """What came out, as ``pipeline.loop.steps.run_round`` returns it."""
    import json

    reasons = json.loads(why)
    told = {"batch": batch, "run": run, "version": version, "stopped": stopped}
    return json.dumps({name: value or None for name, value in told.items()} | {"reasons": reasons})


@dsl.pipeline(name="learn", description="A batch that is fit to learn from, up to a model on trial.")
def learn(  # noqa: PLR0913, PLR0917  one for each thing that may change
    home: str,
    batch: str,
    data: str,
    strategy: str,
    parameters: str,
    rules: str,
    repository: str,
    champion: str,
    code: str,
) -> str:
    trained = train(
        home=home, data=data, strategy=strategy, parameters=parameters, champion=champion, batch=batch, code=code
    )
    compared = compare(home=home, run=trained.output, champion=champion, data=data, code=code)
    judged = gate(compared=compared.output, rules=rules, code=code)
    version = register(home=home, run=trained.output, verdict=judged.outputs["verdict"], code=code)
    with dsl.If(judged.outputs["passed"] == True):  # noqa: E712  Kubeflow makes a condition of the comparison
        out = deploy(home=home, version=version.output, repository=repository, code=code)
        released = report(batch=batch, run=trained.output, version=version.output, stopped="", why="[]").after(out)
    with dsl.Else():
        refused = report(
            batch=batch, run=trained.output, version=version.output, stopped="gate", why=judged.outputs["reasons"]
        )
    return dsl.OneOf(released.output, refused.output)


@dsl.pipeline(name="clothes", description="One round of the loop: from a batch of pictures to a model on trial.")
def clothes(  # noqa: PLR0913, PLR0917  one for each thing that may change
    home: str,
    path: str,
    content: str,
    data: str,
    strategy: str,
    parameters: str,
    limits: str,
    rules: str,
    repository: str,
    champion: str,
    code: str,
) -> str:
    batch = ingest(home=home, path=path, content=content, code=code).output
    checked = validate(home=home, batch=batch, data=data, champion=champion, limits=limits, code=code)
    with dsl.If(checked.outputs["outcome"] == "passed"):
        learned = learn(
            home=home,
            batch=batch,
            data=data,
            strategy=strategy,
            parameters=parameters,
            rules=rules,
            repository=repository,
            champion=champion,
            code=code,
        )
    with dsl.Elif(checked.outputs["outcome"] == "known"):
        known = report(batch=batch, run="", version=champion, stopped="", why="[]")
    with dsl.Else():
        refused = report(batch=batch, run="", version="", stopped="validate", why=checked.outputs["reasons"])
    return dsl.OneOf(learned.output, known.output, refused.output)


def run(config: dict) -> dict:
    """Run a round here, as ``pipeline.loop.steps.run_round`` does, each step in a process of its own.

    ``config`` is what ``plan.configuration`` returns.
    """
    home = Path(config["home"])
    runner = local.SubprocessRunner(use_venv=False)
    local.init(runner=runner, pipeline_root=str(home / "pipeline" / "kubeflow"), enable_caching=True)
    return json.loads(clothes(**arguments(config)).output)


def arguments(config: dict) -> dict[str, str]:
    """The pipeline's arguments for a round: what cannot change while it runs, all as text."""
    told = {name: config[name] for name in ("home", "path", "champion", "strategy", "repository")}
    structured = ("data", "parameters", "limits", "rules")
    told |= {name: json.dumps(config[name], sort_keys=True) for name in structured}
    return told | {"code": code_hash(), "content": sha256_of(Path(config["path"]))}


if __name__ == "__main__":
    if sys.argv[1] == "compile":
        compiler.Compiler().compile(clothes, sys.argv[2])
    else:
        result = run(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
        Path(sys.argv[3]).write_text(json.dumps(result), encoding="utf-8")
