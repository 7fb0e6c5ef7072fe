"""What notebook 06 rests on: the answers of an engine, and the recorded ones where there is none.

That it prints the same either way is seen with an engine in tests/notebooks/test_verified.py, and without one in
tests/test_fresh_clone.py.
"""

from __future__ import annotations

import subprocess
import sys

import docker
import pytest

from tests.docker.conftest import HARDENED
from workbook.servers.containers import Engine, changes, connect, wait_until_healthy

NOWHERE = "unix:///nowhere/docker.sock"


def call(client):
    return {"status": 418}


def unheard_of(client):
    return 0


def test_without_an_engine_the_recorded_answer_is_given_and_marked(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    engine = Engine()
    assert connect() is None
    assert engine.ask(call) == {"status": 200, "label": "Ankle boot"}
    assert engine.mark == "[recorded]"
    assert "No Docker engine answers here" in str(engine)
    with pytest.raises(KeyError, match="unheard_of"):
        engine.ask(unheard_of)


def test_changes_show_what_went_and_what_came():
    assert changes("FROM a\nRUN b", "FROM a\nRUN c") == "  FROM a\n- RUN b\n+ RUN c"


@pytest.mark.docker
def test_with_an_engine_it_is_the_one_that_answers(engine):
    course_engine = Engine()
    assert course_engine.ask(call) == {"status": 418}
    assert course_engine.mark == "[this engine]"
    assert engine.version()["Version"] in str(course_engine)
    assert Engine(wanted=False).client is None


@pytest.mark.docker
def test_a_container_that_does_not_get_well_is_given_up_with_what_it_printed(engine, server_image):
    command = ["-c", "import time; print('I sleep', flush=True); time.sleep(60)"]
    container = engine.containers.run(server_image, command, entrypoint=["python"], detach=True, **HARDENED)
    try:
        with pytest.raises(TimeoutError, match="I sleep"):
            wait_until_healthy(container, 2)
    finally:
        container.remove(force=True)


@pytest.mark.docker
@pytest.mark.parametrize("restarts", ["no", "always"])
def test_a_container_that_ends_is_given_up_at_once(engine, server_image, restarts):
    command = ["-c", "print('I end', flush=True); raise SystemExit(3)"]
    policy = {"restart_policy": {"Name": restarts}}
    container = engine.containers.run(server_image, command, entrypoint=["python"], detach=True, **policy, **HARDENED)
    try:
        with pytest.raises(TimeoutError, match=r"it has ended, with exit status [03]; it printed:\nI end"):
            wait_until_healthy(container)
    finally:
        container.remove(force=True)


@pytest.mark.docker
def test_what_a_notebook_leaves_running_goes_with_it(engine, server_image):
    code = "from workbook.servers.containers import *; client = connect();"
    code += f"c = removed_at_exit(client.containers.run({server_image.id!r}, detach=True)); print(c.id)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    with pytest.raises(docker.errors.NotFound):
        engine.containers.get(printed.strip())
