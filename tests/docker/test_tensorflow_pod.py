"""The pod of TensorFlow Serving as its Kubernetes manifest has it, with the stand-in where the image would be.

The image tensorflow/serving can be had from its own registry alone, so what is tried is the manifest: that models come
from the other image into a volume, who may write where, and that what starts in there is ready and answers.
"""

from __future__ import annotations

import pytest
import requests

from pipeline.dataset import read_test_set
from tests.conftest import ROOT
from tests.docker.lab import STAND_IN
from workbook.kubernetes.build import build as built
from workbook.kubernetes.check import kubectl_beside
from workbook.kubernetes.engine import probes, running
from workbook.kubernetes.objects import of_kind
from workbook.kubernetes.rollout import HASTY, end
from workbook.servers.containers import url_of

TENSORFLOW = ROOT / "docker" / "kubernetes" / "overlays" / "tensorflow-serving"
MODELS, MONITORING = "/models/clothes/2", "/etc/tensorflow-serving"


@pytest.mark.docker
def test_models_come_from_the_other_image_and_it_is_ready_and_answers_with_the_manifests_rights_and_limits(
    engine, server_image, build, kubernetes_tools, data
):
    build("docker/tensorflow.Dockerfile", STAND_IN, "model-server")
    objects = built(TENSORFLOW, kubectl_beside(kubernetes_tools))
    (deployment,) = of_kind(objects, "Deployment")
    before = {one.name for one in engine.volumes.list()}
    with running(engine, deployment, STAND_IN, objects) as pod:
        assert probes(deployment, pod) == {"startupProbe": 200, "readinessProbe": 200, "livenessProbe": 200}
        body = {"instances": read_test_set()[0][:1].tolist()}
        answer = requests.post(url_of(pod, 8501) + "/v1/models/clothes:predict", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        (scores,) = answer.json()["predictions"]
        assert max(range(10), key=scores.__getitem__) == 9, "an ankle boot"
        facts = f"id -u; id -g; stat -c '%u:%g' {MODELS} {MONITORING}/*; grep -E '^(CapEff|NoNewPrivs)' /proc/1/status"
        assert pod.exec_run(["sh", "-c", facts]).output.decode().split() == [
            *("10001", "10001", "10001:10001", "0:10001"), "CapEff:", "0" * 16, "NoNewPrivs:", "1",
        ]  # fmt: skip
        allowed = {
            place: pod.exec_run(["touch", f"{place}/x"]).exit_code == 0 for place in ("/tmp", MODELS, MONITORING)
        }
        assert allowed == {"/tmp": True, MODELS: False, MONITORING: False}
        assert pod.exec_run(["touch", "/app/x"]).exit_code != 0
        limits = pod.attrs["HostConfig"]
        assert (limits["Memory"], limits["NanoCpus"]) == (2 * 2**30, 2 * 10**9)
        mine = {mount["Name"] for mount in pod.attrs["Mounts"] if mount["Type"] == "volume"}
        assert end(pod, HASTY) == 0
    assert len(mine - before) == 2 and mine.isdisjoint(one.name for one in engine.volumes.list())
