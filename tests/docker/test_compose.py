"""The compose file as the operator starts it: all of it up, used, hurt, and gone without a trace."""

from __future__ import annotations

import os
import secrets
import time

import numpy as np
import pytest
import requests
import yaml

from pipeline.gate import outsiders
from server.model_card import PINNED_MODELS
from tests.browser.test_page import browser  # noqa: F401
from tests.docker.conftest import figures, health, wait_until
from tests.docker.lab import REACHED, STAND_IN, Lab
from tests.docker.walk import do_a_lab

SERVICES = {"server", "gate", "traffic", "tfserving", "jupyter", "prometheus"}
PORTS = {"server": [8000], "gate": [], "traffic": [8080], "tfserving": [8500, 8501], "jupyter": [8888]}
PORTS |= {"prometheus": [9090]}


@pytest.fixture(scope="module")
def lab(engine, build, server_image):
    build("docker/tensorflow.Dockerfile", STAND_IN, "model-server")
    lab = Lab(engine)
    lab.environment["COMPOSE_PROFILES"] = "lab,tensorflow,monitoring,traffic"
    lab.compose("build")
    started = time.monotonic()
    try:
        lab.up()
        figures.append(f"docker compose up until all are healthy: {time.monotonic() - started:.0f} s")
        yield lab
    except BaseException:
        print(lab.compose("logs", "--tail=20"))
        raise
    finally:
        lab.down()


@pytest.mark.docker
def test_all_are_healthy_and_listen_on_this_machine_alone(lab):
    containers = lab.containers()
    assert set(containers) == SERVICES
    for service, container in containers.items():
        assert health(container) == "healthy"
        published = {port: bindings for port, bindings in container.ports.items() if bindings}
        assert sorted(published) == [f"{port}/tcp" for port in PORTS[service]]
        assert {binding["HostIp"] for bindings in published.values() for binding in bindings} <= {"127.0.0.1"}


@pytest.mark.docker
def test_the_engine_holds_them_to_their_limits(lab):
    for service, container in lab.containers().items():
        settings = container.attrs["HostConfig"]
        assert settings["RestartPolicy"]["Name"] == "unless-stopped", service
        assert settings["Memory"] > 0 and settings["NanoCpus"] > 0 and settings["PidsLimit"] > 0, service
        assert settings["ReadonlyRootfs"] == (service != "jupyter"), service
        assert settings["LogConfig"]["Config"]["max-size"] == "10m", service


@pytest.mark.docker
def test_nothing_runs_as_root(lab):
    for service, container in lab.containers().items():
        processes = container.top(ps_args="-eo pid,uid,args")["Processes"]
        assert processes
        assert "0" not in {uid for _, uid, *_ in processes}, service


@pytest.mark.docker
def test_both_servers_classify_for_the_host_and_for_jupyter(lab, test_set):
    image = test_set[0][0].tolist()
    ours, theirs = {"image": image}, {"instances": [image]}
    bodies = {"/models/clothes/v1": ("server", 8000, ours), "/v1/models/clothes:predict": ("tfserving", 8501, theirs)}
    for route, (service, port, body) in bodies.items():
        answer = requests.post(lab.url(service, port) + route, json=body, timeout=30).json()
        assert best_of(answer) == 9, "an ankle boot"
        code = (
            f"import requests; print(requests.post('http://{service}:{port}{route}', json={body!r}, timeout=30).text)"
        )
        assert yaml.safe_load(lab.run("jupyter", "python", "-c", code)) == answer


@pytest.mark.docker
def test_the_front_has_its_gate_and_stops_a_melon(lab, test_set):
    """In a volume of models in which there is no gate."""
    assert "clothing" not in requests.get(lab.url("server", 8000) + "/models", timeout=30).text
    melon = outsiders.melons(1, np.random.default_rng(3))[0]
    body = {"images": [melon.tolist(), test_set[0][0].tolist()]}
    answer = requests.post(lab.url("traffic", 8080) + "/models/clothes", json=body, timeout=30)
    assert (answer.headers["X-Model"], answer.headers["X-Gate"]) == ("clothes", "partly refused")
    assert answer.json()["labels"] == [None, "Ankle boot"]


def best_of(answer: dict) -> int:
    (scores,) = answer.get("result") or answer["predictions"]
    return scores.index(max(scores))


@pytest.mark.docker
def test_jupyter_asks_for_its_token(lab):
    contents = lab.url("jupyter", 8888) + "/api/contents/notebooks"
    assert requests.get(contents, timeout=30).status_code == 403
    answer = requests.get(contents, headers={"Authorization": f"token {lab.token}"}, timeout=30)
    assert {file["name"] for file in answer.json()["content"]} >= {"01_lifecycle.ipynb", "05_images.ipynb"}
    # The image itself knows none.
    settings = lab.engine.images.get("workbook-jupyter").attrs["Config"]["Env"]
    assert not [setting for setting in settings if "TOKEN" in setting or "PASSWORD" in setting]


@pytest.mark.docker
def test_jupyter_has_what_the_notebooks_need_without_a_network(lab):
    code = "from keras.datasets import fashion_mnist; print(fashion_mnist.load_data()[1][0].shape)"
    assert lab.run("jupyter", "python", "-c", code).endswith("(10000, 28, 28)")
    assert lab.run("jupyter", "sh", "-c", "touch work/mine notebooks/mine served/mine && echo ok") == "ok"


@pytest.mark.docker
def test_jupyter_opens_at_the_list_and_a_lab_is_done_in_it(lab, browser):  # noqa: F811
    page = browser.new_page()
    page.goto(f"{lab.url('jupyter', 8888)}/?token={lab.token}")
    do_a_lab(page, lab.containers()["jupyter"])
    page.close()


@pytest.mark.docker
def test_the_doctor_finds_a_container_well(lab):
    found = lab.run("jupyter", "workbook", "doctor")
    assert "NOT" not in found and "/course/work" in found


@pytest.mark.docker
def test_what_notebooks_06_and_07_ask_of_their_surroundings_is_there(lab):
    """06 shows files of the course; 07 puts an earlier model aside, and takes none from the servers."""
    served = lab.run("jupyter", "ls", "served/clothes")
    lab.run("jupyter", "cp", "-r", "server/models", "work/models")
    for number, cells in (("06", ("setup", "ignored")), ("07", ("setup",))):
        code = f"import glob, nbformat; (path,) = glob.glob('notebooks/{number}_*.ipynb');"
        code += "cells = {cell.id: cell.source for cell in nbformat.read(path, 4).cells};"
        lab.run("jupyter", "python", "-c", code + f"[exec(cells[name], globals()) for name in {cells}]")
    assert lab.run("jupyter", "ls", "work/kept/models-1").split() == ["1", "2"]
    assert lab.run("jupyter", "ls", "served/clothes") == served


@pytest.mark.docker
def test_no_student_reaches_prometheus(lab):
    networks = {name: set(one.attrs["NetworkSettings"]["Networks"]) for name, one in lab.containers().items()}
    assert not networks["prometheus"] & networks["jupyter"]
    places = ["server:8000", "tfserving:8501", "prometheus:9090"]
    assert lab.run("jupyter", "python", "-c", REACHED, *places).split() == places[:2]


@pytest.mark.docker
def test_prometheus_hears_from_both_servers(lab):
    def targets() -> dict:
        answer = requests.get(lab.url("prometheus", 9090) + "/api/v1/targets", timeout=30).json()
        return {target["labels"]["job"]: target["health"] for target in answer["data"]["activeTargets"]}

    wait_until(lambda: set(targets().values()) == {"up"}, f"all targets up: {targets()}")
    assert set(targets()) == {"server", "traffic", "tfserving", "prometheus"}, "and not from the students"
    rules = requests.get(lab.url("prometheus", 9090) + "/api/v1/rules", timeout=30).json()
    assert {group["name"] for group in rules["data"]["groups"]} == {"budget", "drift", "silence", "front"}


@pytest.mark.docker
def test_what_a_student_exports_both_servers_serve(lab):
    """The models of the volume began as those in the server's image, and a student adds a version."""
    assert lab.run("jupyter", "ls", "served/clothes").split() == sorted(os.listdir(PINNED_MODELS / "clothes"))
    copy = (
        "import json, os, shutil; from pathlib import Path; os.chdir('served/clothes');"
        "shutil.copytree('1', '.new'); card = Path('.new/assets.extra/model_card.json');"
        "card.write_text(json.dumps({**json.loads(card.read_text()), 'version': 7})); os.rename('.new', '7')"
    )
    lab.run("jupyter", "python", "-c", copy)
    ours, theirs = lab.url("server", 8000) + "/models/clothes/v7", lab.url("tfserving", 8501) + "/v1/models/clothes"
    wait_until(lambda: requests.get(ours, timeout=30).ok, "version 7 at the server")
    wait_until(lambda: '"version": "7"' in requests.get(theirs, timeout=30).text, "version 7 at TensorFlow Serving")


@pytest.mark.docker
@pytest.mark.parametrize("service", ["server", "tfserving"])
def test_a_killed_server_comes_back(lab, service):
    container = lab.containers()[service]
    container.reload()
    before = container.attrs["State"]["Pid"]
    # `docker kill` would count as the operator's wish; so kill it from the machine that the engine runs on.
    send(lab, 9, [before])
    wait_until(lambda: container.reload() or container.attrs["State"]["Pid"] not in (0, before), "another process")
    lab.wait_for(service)
    assert container.attrs["RestartCount"] == 1


def send(lab: Lab, signal: int, processes: list[int]) -> None:
    # A health check that was among them may have ended by now.
    code = f"import os; [os.kill(process, {signal}) for process in {processes} if os.path.exists(f'/proc/{{process}}')]"
    lab.engine.containers.run(
        "workbook-server", ["-c", code], entrypoint=["python"], user="0", pid_mode="host", cap_add=["KILL"], remove=True
    )


@pytest.mark.docker
def test_servers_that_hang_are_started_again(lab):
    """All processes of each are stopped, so that a question is taken and never answered. JupyterLab's check has the
    same program, and more patience than there is here."""
    hung = {name: lab.containers()[name] for name in SERVICES - {"jupyter"}}
    restarts = {}
    for name, container in hung.items():
        container.reload()
        restarts[name] = container.attrs["RestartCount"]
        send(lab, 19, [int(pid) for pid, *_ in container.top(ps_args="-eo pid,args")["Processes"]])
    for name, container in hung.items():
        wait_until(lambda c=container, n=name: c.reload() or c.attrs["RestartCount"] > restarts[n], f"{name} restarted")
        lab.wait_for(name)


@pytest.mark.docker
def test_what_an_operator_kills_stays_dead_until_it_is_asked_for(lab):
    lab.compose("kill", "server")
    assert lab.containers()["server"].status == "exited"
    lab.compose("up", "--detach")
    lab.wait_for("server")


@pytest.mark.docker
def test_an_update_reaches_students_and_touches_nothing_of_theirs(lab, tmp_path):
    """With a plain `up` afterwards, without the token: it stays the one that was chosen once."""
    name = "01_lifecycle.ipynb"
    write = f"""
import nbformat
path = "notebooks/{name}"
mine = nbformat.read(path, 4)
mine.cells.insert(1, nbformat.v4.new_markdown_cell("my note"))
nbformat.write(mine, path)
open("work/note", "w").write("mine")
"""
    lab.run("jupyter", "python", "-c", write)
    change = f"import nbformat; p = '/opt/notebooks/{name}'; n = nbformat.read(p, 4); n.cells[0].source += ' NEW'"
    change += "; nbformat.write(n, p)"
    newer = f"workbook-newer-{secrets.token_hex(4)}"
    steps = ["FROM workbook-jupyter", "USER 0", f'RUN ["python", "-c", "{change}"]', "USER 10001"]
    (tmp_path / "Dockerfile").write_text("\n".join(steps))
    lab.engine.images.build(path=str(tmp_path), tag=newer, rm=True)
    (tmp_path / "newer.yaml").write_text(f"services: {{jupyter: {{image: {newer}}}}}\n")
    files = ["--file", "compose.yaml", "--file", str(tmp_path / "newer.yaml")]
    lab.compose(*files, "up", "--detach", "--no-build", JUPYTER_TOKEN="")
    lab.wait_for("jupyter")
    show = f"import nbformat; c = nbformat.read('notebooks/{name}', 4).cells; print(c[0].source[-4:], c[1].source)"
    assert lab.run("jupyter", "python", "-c", show) == "NEW my note"
    assert lab.run("jupyter", "cat", "work/note") == "mine"
    answer = requests.get(lab.url("jupyter", 8888) + "/api/status", params={"token": lab.token}, timeout=30)
    assert answer.status_code == 200


@pytest.mark.docker
def test_without_a_model_the_log_says_so_and_jupyter_starts_all_the_same(lab):
    lab.run("jupyter", "sh", "-c", "rm -r served/*")
    lab.compose("rm", "--force", "--stop", "jupyter")
    lab.compose("up", "--detach")
    lab.wait_for("jupyter")
    lab.wait_for("server")
    wait_until(lambda: "no model to serve" in lab.compose("logs", "--tail=50", "server"), "why nothing is served")


@pytest.mark.docker
def test_each_writes_a_log(lab):
    for service in SERVICES:
        assert lab.compose("logs", "--tail=5", service).strip(), service


@pytest.mark.docker
@pytest.mark.parametrize(
    ("profiles", "services"),
    [
        ("none", {"server"}),
        ("lab", {"server", "jupyter"}),
        ("traffic", {"server", "gate", "traffic"}),
        ("tensorflow,monitoring", {"server", "tfserving", "prometheus"}),
    ],
)
def test_a_profile_starts_what_it_needs(lab, engine, profiles, services):
    small = Lab(engine)
    try:
        small.compose("up", "--no-start", COMPOSE_PROFILES=profiles)
        assert set(small.containers()) == services
    finally:
        small.down()
