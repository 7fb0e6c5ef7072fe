"""A class on one machine: JupyterHub lets students in, and each gets a container and nobody else's."""

from __future__ import annotations

import os

import docker
import pytest
import requests

from tests.browser.test_page import browser  # noqa: F401
from tests.conftest import ROOT
from tests.docker.conftest import health, wait_until
from tests.docker.lab import REACHED, Lab
from tests.docker.walk import do_a_lab

INSTRUCTOR, ADA, BEN = "instructor", "ada", "ben"
PASSWORD = "a long pass phrase"  # pragma: allowlist secret
FOLDER = ROOT / "docker" / "classroom"
STARTING_SECONDS = 900


class Visitor(requests.Session):
    """A browser: it keeps its cookies, and sends back the one that guards the forms."""

    def __init__(self, hub: str) -> None:
        super().__init__()
        self.hub = hub

    def send_form(self, page: str, **fields: str) -> requests.Response:
        self.get(f"{self.hub}/hub/{page}", timeout=30)
        return self.post(f"{self.hub}/hub/{page}", data={**fields, "_xsrf": self.guard()}, timeout=30)

    def guard(self) -> str:
        return next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf" and cookie.path == "/hub/")

    def sign_up(self, name: str) -> None:
        self.send_form("signup", username=name, signup_password=PASSWORD, signup_password_confirmation=PASSWORD)

    def log_in(self, name: str) -> bool:
        self.send_form("login", username=name, password=PASSWORD)
        return self.get(f"{self.hub}/hub/home", timeout=30, allow_redirects=False).status_code == 200


@pytest.fixture(scope="module")
def lab(engine, build, server_image):
    build("docker/tensorflow.Dockerfile", "workbook-jupyter", "jupyter")
    engine.images.build(path=str(FOLDER), dockerfile="student.Dockerfile", tag="workbook-student", rm=True)
    socket = os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or "/var/run/docker.sock"
    lab = Lab(engine, "compose.yaml", "classroom/compose.yaml")
    lab.environment |= {
        "COMPOSE_PROFILES": "none",
        "HUB_ADMIN": INSTRUCTOR,
        "DOCKER_SOCKET": socket,
        "DOCKER_GROUP": str(os.stat(socket).st_gid),
    }
    lab.compose("build", "hub")
    try:
        lab.up()
        yield lab
    except BaseException:
        print(lab.compose("logs", "--tail=40", "hub"))
        raise
    finally:
        remove_students(engine, lab.project)
        lab.down()


def remove_students(engine: docker.DockerClient, project: str) -> None:
    for container in engine.containers.list(all=True, filters={"name": f"{project}-student"}):
        container.remove(force=True)
    for kind in ("work", "notebooks"):
        for volume in engine.volumes.list(filters={"name": f"{project}-{kind}-"}):
            volume.remove()


@pytest.fixture(scope="module")
def students(lab) -> dict[str, Visitor]:
    """Two who were let in, each with a running server."""
    hub = lab.url("hub", 8000)
    instructor = Visitor(hub)
    instructor.sign_up(INSTRUCTOR)
    assert instructor.log_in(INSTRUCTOR)
    visitors = {name: Visitor(hub) for name in (ADA, BEN)}
    for name, visitor in visitors.items():
        visitor.sign_up(name)
        assert not visitor.log_in(name), "not before the instructor has said yes"
        instructor.get(f"{hub}/hub/authorize/{name}", timeout=30)
        assert visitor.log_in(name)
        visitor.get(f"{hub}/hub/spawn", timeout=30)
    for name, visitor in visitors.items():
        wait_until(lambda v=visitor, n=name: status(v, n) == 200, f"{name}'s JupyterLab", STARTING_SECONDS)
    return visitors


def status(visitor: Visitor, name: str) -> int:
    """What JupyterLab's own status says to a visitor who comes with the page, as a browser does."""
    page = visitor.get(f"{visitor.hub}/user/{name}/lab", timeout=30)
    assert "Relaunch Server" not in page.text, f"it could not be started: see the hub's log:\n{page.text[-1000:]}"
    return visitor.get(f"{visitor.hub}/user/{name}/api/status", timeout=30).status_code


def has_stopped(visitor: Visitor, name: str) -> bool:
    """Whether the hub knows that the server has ended: until then, it starts no other."""
    headers = {"X-XSRFToken": visitor.guard()}
    user = visitor.get(f"{visitor.hub}/hub/api/users/{name}", headers=headers, timeout=30).json()
    return user["server"] is None and user["pending"] is None


def container_of(lab: Lab, name: str):
    (container,) = lab.engine.containers.list(filters={"name": f"{lab.project}-student-{name}"})
    return container


@pytest.mark.docker
def test_each_student_has_a_container_with_limits_and_without_rights(lab, students):
    for name in students:
        container = container_of(lab, name)
        settings = container.attrs["HostConfig"]
        assert settings["Memory"] == 2 * 1024**3
        assert settings["PidsLimit"] == 300
        assert settings["CapDrop"] == ["ALL"]
        assert settings["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
        assert "WORKBOOK_JOBS=1" in container.attrs["Config"]["Env"], "two notebooks at once are too many for it"
        assert container.ports == {"8888/tcp": None}, "reached through the hub alone"
        uids = {uid for _, uid, *_ in container.top(ps_args="-eo pid,uid,args")["Processes"]}
        assert uids == {"10001"}


@pytest.mark.docker
def test_a_students_container_is_healthy_and_so_is_what_the_doctor_looks_at(lab, students):
    container = container_of(lab, ADA)
    wait_until(lambda: health(container) == "healthy", "ada's container healthy")
    status, found = container.exec_run(["workbook", "doctor"])
    assert status == 0, found.decode()
    assert "Cores" in found.decode() and "1: training" in found.decode()


@pytest.mark.docker
def test_a_student_reaches_the_shared_server_by_its_name_and_no_port_of_the_hubs_but_the_public_one(lab, students):
    places = {"server:8000": True, "hub:8000": True, "hub:8081": False, "hub:8001": False, "prometheus:9090": False}
    found = container_of(lab, ADA).exec_run(["python", "-c", REACHED, *places]).output.decode()
    assert found.split() == [place for place, reached in places.items() if reached]


@pytest.mark.docker
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"HUB_STUDENTS": "many"}, b"HUB_STUDENTS=many: expected how many may work at once"),
        ({"HUB_ADMIN": "x"}, b"the engine's socket cannot be used: put DOCKER_GROUP="),
    ],
)
def test_a_hub_that_cannot_work_ends_with_a_line_that_says_what_to_do(lab, setting, said):
    settings = {"COMPOSE_PROJECT_NAME": lab.project, "HUB_ADMIN": INSTRUCTOR, **setting}
    socket = {lab.environment["DOCKER_SOCKET"]: {"bind": "/var/run/docker.sock", "mode": "rw"}}
    with pytest.raises(docker.errors.ContainerError) as caught:
        lab.engine.containers.run("workbook-hub", environment=settings, volumes=socket, remove=True)
    assert caught.value.stderr.splitlines()[-1].startswith(said)


@pytest.mark.docker
def test_a_student_cannot_open_another_ones_lab(students):
    assert status(students[ADA], BEN) in (403, 404)
    assert status(students[BEN], ADA) in (403, 404)


@pytest.mark.docker
def test_a_student_comes_in_by_the_form_and_does_a_lab(lab, students, browser):  # noqa: F811
    page = browser.new_page()
    page.goto(lab.url("hub", 8000))
    page.get_by_label("Username").fill(BEN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    do_a_lab(page, container_of(lab, BEN))
    page.close()


@pytest.mark.docker
def test_a_students_work_outlives_the_container(lab, students):
    before = container_of(lab, ADA)
    assert before.exec_run(["sh", "-c", "echo mine > work/kept && echo mine > notebooks/kept"]).exit_code == 0
    assert container_of(lab, BEN).exec_run(["cat", "work/kept"]).exit_code != 0
    ada = students[ADA]
    ada.get(f"{ada.hub}/hub/home", timeout=30)
    ada.delete(f"{ada.hub}/hub/api/users/{ADA}/server", headers={"X-XSRFToken": ada.guard()}, timeout=60)
    wait_until(lambda: has_stopped(ada, ADA), "the end of ada's server")
    assert lab.engine.containers.list(all=True, filters={"id": before.id}) == []
    ada.get(f"{ada.hub}/hub/spawn", timeout=30)
    wait_until(lambda: status(ada, ADA) == 200, "ada's JupyterLab again", STARTING_SECONDS)
    assert container_of(lab, ADA).exec_run(["cat", "work/kept", "notebooks/kept"]).output == b"mine\nmine\n"


@pytest.mark.docker
def test_a_hub_that_is_made_anew_finds_the_students_as_they_were(lab, students):
    before = container_of(lab, BEN).id
    lab.compose("up", "--detach", "--force-recreate", "--no-deps", "hub")
    lab.wait_for("hub")
    ben = Visitor(lab.url("hub", 8000))
    ben.cookies = students[BEN].cookies
    wait_until(lambda: status(ben, BEN) == 200, "ben's JupyterLab behind another hub")
    assert container_of(lab, BEN).id == before


@pytest.mark.docker
def test_the_hub_is_not_root(lab):
    processes = lab.containers()["hub"].top(ps_args="-eo pid,uid,args")["Processes"]
    assert {uid for _, uid, *_ in processes} == {"10001"}
