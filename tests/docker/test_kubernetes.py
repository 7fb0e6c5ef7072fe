"""The server in a container as its Kubernetes manifest has it: user, rights, limits, probes, and how it ends."""

from __future__ import annotations

from copy import deepcopy

import pytest
import requests

from tests.conftest import ROOT
from tests.docker.conftest import figures, wait_until
from workbook.kubernetes.build import build as built
from workbook.kubernetes.check import kubectl_beside
from workbook.kubernetes.engine import probes, run_options, running, server_of
from workbook.kubernetes.objects import of_kind
from workbook.kubernetes.rollout import BODY, HASTY, PATH, end, ending_of, roll
from workbook.servers.containers import url_of

REFERENCE = ROOT / "docker" / "kubernetes" / "overlays" / "reference"
IMAGE = "workbook-server"


@pytest.fixture(scope="module")
def deployment(kubernetes_tools) -> dict:
    (found,) = of_kind(built(REFERENCE, kubectl_beside(kubernetes_tools)), "Deployment")
    return found


def inside(container, *command: str) -> str:
    status, output = container.exec_run(list(command))
    assert status == 0, output
    return output.decode().strip()


@pytest.mark.docker
def test_it_runs_and_answers_its_probes_with_the_rights_and_limits_of_the_manifest_and_ends_in_time(
    engine, server_image, deployment
):
    with running(engine, deployment, IMAGE) as pod:
        assert probes(deployment, pod) == {"startupProbe": 200, "readinessProbe": 200, "livenessProbe": 200}
        answer = requests.post(url_of(pod) + PATH, data=BODY, headers={"Content-Type": "application/json"}, timeout=30)
        assert answer.status_code == 200
        assert inside(pod, "id", "-u") == "10001" and inside(pod, "id", "-g") == "10001"
        assert pod.exec_run(["touch", "/app/x"]).exit_code != 0 and pod.exec_run(["touch", "/tmp/x"]).exit_code == 0
        status = inside(pod, "cat", "/proc/1/status")
        assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
        limits = pod.attrs["HostConfig"]
        assert (limits["Memory"], limits["NanoCpus"]) == (640 * 2**20, 10**9)
        processes = [command for _, command in pod.top(ps_args="-eo pid,args")["Processes"]]
        servers = [command for command in processes if command.startswith("python -m server")]
        assert len(servers) == 3, "the main process and two workers; the image's own health check may be there, too"
        assert end(pod, HASTY) == 0


@pytest.mark.docker
def test_without_a_model_it_gets_no_requests_and_is_not_restarted_for_it(engine, server_image, deployment):
    empty = deepcopy(deployment)
    server_of(empty)["args"] = ["--models", "/app/server", "--workers", "1"]
    pod = engine.containers.run(IMAGE, detach=True, **run_options(empty))
    try:
        wait_until(lambda: probes(empty, pod)["livenessProbe"] == 200, "the liveness probe")
        assert probes(empty, pod) == {"startupProbe": 503, "readinessProbe": 503, "livenessProbe": 200}
    finally:
        pod.remove(force=True)


@pytest.mark.docker
def test_a_rolling_update_loses_nothing_with_the_rest_before_the_signal_and_something_without(
    engine, server_image, deployment
):
    said = ending_of(deployment)
    assert (said.rest, said.grace) == (5, 30)
    careful = roll(engine, deployment, IMAGE, said, keep=True)
    hasty = roll(engine, deployment, IMAGE, HASTY, keep=False)
    figures.append(
        f"rolling update: {len(careful.lost)} of {careful.asked} requests lost; "
        f"without the rest before SIGTERM {len(hasty.lost)} of {hasty.asked}"
    )
    assert careful.asked > 100 and careful.lost == ()
    assert hasty.lost
