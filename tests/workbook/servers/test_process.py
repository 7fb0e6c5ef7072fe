"""Servers as processes: `workbook.Server`, `workbook serve` and `workbook lab`."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
import requests

from tests.workbook.test_cli import one_line_error, workbook
from workbook.servers.process import DidNotStart, Server, free_port

SERVE = """
import http.server as h, os
print("loading", flush=True)
h.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), h.SimpleHTTPRequestHandler).serve_forever()
"""


def test_a_server_is_waited_for_logged_and_stopped(tmp_path):
    script = tmp_path / "api.py"
    script.write_text("import time; time.sleep(0.5)" + SERVE)
    with Server(str(script), ready="/") as server:
        assert requests.get(server.url, timeout=10).ok
        assert server.running
        assert "loading" in server.log()
    assert not server.running
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells a process that its starter has ended")
def test_a_server_ends_with_a_notebook_that_is_killed(tmp_path):
    """As by a machine whose memory is full; nothing of it runs on its way out."""
    script = tmp_path / "api.py"
    script.write_text(SERVE)
    run = f"print(Server({str(script)!r}, ready='/').pid, flush=True); input()"
    told = f"from workbook.servers.process import Server; {run}"
    with subprocess.Popen([sys.executable, "-c", told], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as notebook:
        server = psutil.Process(int(notebook.stdout.readline()))
        notebook.kill()
    psutil.wait_procs([server], timeout=20)
    assert not server.is_running()


def test_a_server_that_ends_at_once_says_what_it_printed(tmp_path):
    script = tmp_path / "api.py"
    script.write_text("import none_such")
    with pytest.raises(DidNotStart, match="No module named 'none_such'"):
        Server(str(script))


def test_a_server_that_never_answers_is_given_up_and_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("workbook.servers.process.STARTUP_SECONDS", 1)
    script = tmp_path / "api.py"
    script.write_text(f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))" + SERVE)
    with pytest.raises(DidNotStart, match=r"no answer at /none .* or the machine is busy(?s:.*)It printed:\nloading"):
        Server(str(script), ready="/none")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_what_tensorflow_greets_with_is_not_told_as_if_it_were_the_reason(tmp_path):
    script = tmp_path / "api.py"
    greeting = [
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
        "I0000 00:00:1795731240.601992    1372 cudart_stub.cc:31] Could not find cuda drivers on your machine",
        "2026-11-26 22:00:00.1: I tensorflow/core/cpu_feature_guard.cc:210] This TensorFlow binary is optimized",
        "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow",
    ]
    script.write_text(f"print({chr(10).join(greeting)!r}, flush=True)\nimport none_such")
    with pytest.raises(DidNotStart, match="No module named 'none_such'") as raised:
        Server(str(script))
    assert "it printed:\nTraceback" in str(raised.value)


def start(*arguments: str, pattern: str) -> tuple[subprocess.Popen, str]:
    """Start a command that runs on, and wait until what it prints has ``pattern``; return its first group."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "workbook", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    for line in process.stdout:
        if found := re.search(pattern, line):
            return process, found[1]
    pytest.fail(f"workbook {arguments} ended with {process.wait()} before it printed {pattern}")


def interrupt(process: subprocess.Popen) -> int:
    """Ctrl+C in its terminal: every process of its group gets the signal."""
    os.killpg(process.pid, signal.SIGINT)
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        os.killpg(process.pid, signal.SIGINT)  # JupyterLab asks once more before it goes
        time.sleep(1)
    process.stdout.close()
    return process.wait(1)


def wait_until_it_listens(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"nothing listens on port {port}")


def test_serve_serves_the_pinned_models_on_a_free_port_until_interrupted():
    process, url = start("serve", "--port", "0", pattern=r"at (http://127\.0\.0\.1:\d+)")
    try:
        # It has said that it serves, so it does.
        names = [model["name"] for model in requests.get(f"{url}/models", timeout=30).json()["models"]]
        assert names == ["clothes", "clothing", "digits"]
    finally:
        interrupt(process)
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "no model yet: .* is empty;"),
        (
            {"hats/1/assets.extra/model_card.json": "{}"},
            "no model yet: every version in .* is broken: the log says how;",
        ),
    ],
)
def test_serve_says_why_it_serves_nothing(tmp_path, content, says):
    for name, text in content.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    command = ("serve", "--port", "0", "--workers", "1", "--models", str(tmp_path))
    process, url = start(*command, pattern=rf"Serving {says}.* at (http://127\.0\.0\.1:\d+)")
    try:
        assert requests.get(f"{url}/readyz", timeout=30).status_code == 503
    finally:
        interrupt(process)


def test_serve_is_not_led_astray_by_a_folder_with_a_server_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "server.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-P", "-m", "workbook", "serve", "--port", "0", "--models", str(tmp_path)]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, **both, text=True, start_new_session=True) as process:
        assert "Serving no model yet" in process.stdout.readline()
        interrupt(process)


def test_serve_says_which_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} cannot be had" in one_line_error(workbook("serve", "--port", port))


def test_serve_says_that_a_path_is_no_folder(tmp_path):
    assert "is not a folder" in one_line_error(workbook("serve", "--port", "0", "--models", str(tmp_path / "none")))


def test_lab_opens_jupyterlab_on_loopback_with_a_token():
    port = free_port()
    process, url = start(
        "lab", "--no-browser", "--port", str(port), pattern=r"(http://127\.0\.0\.1:\d+/lab\S*token=\w+)"
    )
    try:
        wait_until_it_listens(port)
        assert requests.get(url, timeout=30).ok
        without = requests.get(f"http://127.0.0.1:{port}/api/contents/notebooks", timeout=30)
        assert without.status_code == 403
    finally:
        interrupt(process)


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are Unix's")
def test_ctrl_c_ends_jupyterlab_with_its_kernels_and_terminals():
    port = free_port()
    command = [sys.executable, "-u", "-m", "workbook", "lab", "--no-browser", "--port", str(port)]
    with terminal(command) as (pid, keyboard):
        token = wait_for_output(keyboard, r"token=(\w+)")
        wait_until_it_listens(port)
        for kind in ("kernels", "terminals"):
            asked = requests.post(
                f"http://127.0.0.1:{port}/api/{kind}", headers={"Authorization": f"token {token}"}, timeout=30
            )
            assert asked.ok
        lab = psutil.Process(pid)
        family = [lab, *lab.children(recursive=True)]
        assert len(family) >= 3
        os.write(keyboard, b"\x03")
        wait_for_output(keyboard, r"Shut down this Jupyter server")
        os.write(keyboard, b"y\n")
        assert psutil.wait_procs(family, timeout=20)[1] == []


@contextmanager
def terminal(command: list[str]) -> Iterator[tuple[int, int]]:
    """Run a command in a terminal of its own; yields its process number and the terminal's other end."""
    import pty  # here, not above: Windows has none

    pid, keyboard = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    try:
        yield pid, keyboard
    finally:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.close(keyboard)


def wait_for_output(keyboard: int, pattern: str) -> str:
    """Read what appears in the terminal until it has ``pattern``; return its last group."""
    seen = ""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([keyboard], [], [], 1)[0]:
            seen += os.read(keyboard, 4096).decode(errors="replace")
        if found := re.search(pattern, seen):
            return found[found.lastindex or 0]
    pytest.fail(f"no {pattern} in {seen}")


IN_A_KERNEL = """
import os, requests, sys, workbook
from urllib.request import urlopen
workbook.start(tensorflow=False)
with workbook.Server("serve.py", ready="/") as server:
    print(requests.get(server.url, timeout=60).status_code, urlopen(server.url, timeout=60).status)
print(os.environ.get("no_proxy"))
"""


def test_a_notebook_asks_its_servers_without_a_proxy_and_others_through_it(course):
    (course / "serve.py").write_text(SERVE)
    plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    proxy = f"http://127.0.0.1:{free_port()}"

    def printed(**environment: str) -> list[str]:
        command = [sys.executable, "-c", IN_A_KERNEL]
        ours = {**plain, **environment}
        return subprocess.check_output(command, env=ours, text=True, timeout=300).splitlines()

    assert printed(http_proxy=proxy) == ["200 200", "127.0.0.1,localhost"]
    kept = printed(HTTP_PROXY=proxy, http_proxy=proxy, NO_PROXY="example.org")
    assert kept == ["200 200", "example.org,127.0.0.1,localhost"]
    assert printed()[-1] == "None"  # on some systems, the variable alone changes what else is asked through proxies
