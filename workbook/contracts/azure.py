"""Azure Machine Learning's contract for a custom container: a file names three routes, and the server has them."""

from __future__ import annotations

from pathlib import Path

import yaml

from workbook.contracts.checks import Checks
from workbook.contracts.subject import Subject, expect, expect_refusal, json_of
from workbook.errors import UserError

CHECKS = Checks()
LIVE, READY, SCORE = ROUTES = ("liveness_route", "readiness_route", "scoring_route")
PROBE_SECONDS = 2  # the default time-out of both probes
JSON = {"Content-Type": "application/json"}


def routes_in(file: Path) -> tuple[int, dict[str, str]]:
    """The port and the three paths of a deployment's or an environment's file.

    Raises ``UserError``, with what is missing: Azure refuses such a file, too, before anything runs.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        routes = content.get("environment", content)["inference_config"]
        paths = {name: str(routes[name]["path"]) for name in ROUTES}
        (port,) = {int(routes[name]["port"]) for name in ROUTES}
        if odd := [path for path in paths.values() if not path.startswith("/")]:
            raise ValueError(f"no path begins as {odd[0]}")
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}): name a deployment's file by --routes") from error
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        wanted = f"inference_config with {', '.join(ROUTES)}, each a path and the same port"
        raise UserError(f"{file} is not for a custom container: expected {wanted} ({error!r:.80})") from error
    return port, paths


@CHECKS.add("the liveness route answers 200 within 2 s", "name a route that says that the process lives")
def liveness(subject: Subject) -> None:
    expect(subject.ask("GET", subject.routes[LIVE], PROBE_SECONDS), 200)


@CHECKS.add("the readiness route answers 200 within 2 s", "name a route that says that the model is loaded")
def readiness(subject: Subject) -> None:
    expect(subject.ask("GET", subject.routes[READY], PROBE_SECONDS), 200)


@CHECKS.add("the scoring route answers a POST, with JSON", "name the model's route; give a request of yours by --body")
def scoring(subject: Subject) -> None:
    answer = subject.ask("POST", subject.routes[SCORE], json=subject.request())
    expect(answer, 200)
    json_of(answer)


@CHECKS.add("a body that is not JSON is the sender's fault: 4xx", "catch it; a 5xx counts as the deployment's failure")
def body_broken(subject: Subject) -> None:
    expect_refusal(subject.ask("POST", subject.routes[SCORE], data=b"{", headers=JSON))
