"""A Prometheus of one's own, the course's alert rules in it, and the sums that do without."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from tests.conftest import ROOT
from workbook.errors import UserError
from workbook.servers import prometheus
from workbook.servers.process import DidNotStart
from workbook.servers.prometheus import Prometheus, alert_rules, fetch_prometheus, find_prometheus, hurried
from workbook.servers.scrapes import Scrapes

needs_prometheus = pytest.mark.skipif(
    not (find_prometheus() and shutil.which("promtool")),
    reason="needs prometheus and promtool in PATH: apt-get download prometheus, dpkg-deb --extract prometheus_*.deb",
)
HURRY = 600  # an hour is six seconds
FIRING_SECONDS = 60


class Watched:
    """A server that counts as the course's does, and shows its counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.responses = Counter("server_responses", "", ("method", "status"), registry=self.registry)
        for status in (200, 500):
            self.responses.labels("POST", status)
        registry = self.registry

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(generate_latest(registry))

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, status: int, times: int = 1) -> None:
        self.responses.labels("POST", status).inc(times)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def watched() -> Iterator[Watched]:
    server = Watched()
    yield server
    server.stop()


@needs_prometheus
def test_each_rule_does_what_its_case_says():
    run = subprocess.run(
        ["promtool", "test", "rules", "alerts_test.yml"],
        cwd=ROOT / "docker",
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    rules = set(re.findall(r"- alert: (\w+)", alert_rules()))
    assert rules <= set(re.findall(r"\w+", (ROOT / "docker" / "alerts_test.yml").read_text())), "a rule has no case"


@needs_prometheus
def test_prometheus_can_read_what_compose_gives_it():
    run = subprocess.run(["promtool", "check", "config", "docker/prometheus.yml"], cwd=ROOT, check=False)
    assert run.returncode == 0


@needs_prometheus
def test_when_requests_fail_more_and_more_the_alert_fires(watched):
    with Prometheus({"server": watched.url}, hurried(alert_rules(), HURRY), seconds=0.1) as running:
        failures = 0

        def traffic_until(fires: bool, failing: int) -> None:
            nonlocal failures
            deadline = time.monotonic() + FIRING_SECONDS
            while (("ErrorBudgetBurns", "page") in running.firing()) != fires:
                assert time.monotonic() < deadline, running.query("job:server_errors:ratio_rate5m")
                watched.answer(200, 100 - failing)
                watched.answer(500, failing)
                failures += failing

        while not running.query('job:server_errors:ratio_rate1h{job="server"}'):
            watched.answer(200, 100)
        assert ("ErrorBudgetBurns", "page") not in running.firing()
        traffic_until(fires=True, failing=20)
        assert failures >= 5
        traffic_until(fires=False, failing=0)


@needs_prometheus
def test_rules_that_prometheus_refuses_are_told():
    with pytest.raises(DidNotStart, match="unclosed left parenthesis"):
        Prometheus({}, 'groups: [{name: x, rules: [{alert: X, expr: "rate("}]}]')


@needs_prometheus
def test_an_expression_that_is_none_is_told(watched):
    with Prometheus({"server": watched.url}) as running, pytest.raises(ValueError, match="Prometheus refuses"):
        running.query("rate(")


def test_every_duration_of_the_rules_is_shortened_and_no_name():
    text = hurried('record: a:ratio_rate5m\nexpr: rate(x[5m] offset 1h)\nfor: 3d\nlook: "30 minutes, 50 ms"', 60)
    assert (
        text
        == 'record: a:ratio_rate5m\nexpr: rate(x[5000ms] offset 60000ms)\nfor: 4320000ms\nlook: "30 minutes, 50 ms"'
    )


def test_where_there_is_none_the_way_to_one_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(prometheus, "FETCHED", tmp_path / "none")
    with pytest.raises(UserError, match=r"python -m workbook\.servers\.prometheus gets it"):
        Prometheus({})
    with pytest.raises(UserError, match="no apt-get to get it with"):
        fetch_prometheus()


@pytest.mark.skipif(os.name == "nt", reason="the programs that it runs are shell scripts")
def test_on_debian_it_is_fetched_and_installed_nowhere(monkeypatch, tmp_path):
    tools = {
        "apt-get": 'echo pretended > prometheus_2_amd64.deb; [ "$2" = prometheus ]',
        "dpkg-deb": 'mkdir -p "$3/usr/bin"; install -m 755 /dev/null "$3/usr/bin/prometheus"',
    }
    for name, script in tools.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(prometheus, "FETCHED", tmp_path / "work" / "prometheus")
    assert find_prometheus() is None
    assert fetch_prometheus() == find_prometheus() == tmp_path / "work" / "prometheus" / "usr" / "bin" / "prometheus"
    (tmp_path / "apt-get").write_text("#!/bin/sh\necho 'E: no network' >&2; exit 100\n")
    monkeypatch.setattr(prometheus, "FETCHED", tmp_path / "other")
    with pytest.raises(UserError, match=r"\(E: no network\): run `apt-get update` and repeat"):
        fetch_prometheus()


def test_without_prometheus_the_scrapes_add_up(watched):
    now = 0.0
    scrapes = Scrapes(watched.url, lambda: now)
    assert scrapes.increase("server_responses_total", 60) == 0
    watched.answer(200, 7)
    scrapes.take()
    for _ in range(3):
        now += 30
        watched.answer(200, 10)
        watched.answer(500, 1)
        watched.answer(503, 1)
        scrapes.take()
    assert scrapes.increase("server_responses_total", 60, method="POST") == 24
    assert scrapes.increase("server_responses_total", 90, status="500") == 3
    assert scrapes.increase("server_responses_total", 90, status="503") == 3, "a series that was not there began at 0"
    assert list(scrapes.now("server_responses_total", status="200").values()) == [37]


def test_a_counter_that_was_reset_began_at_nothing(watched):
    scrapes = Scrapes(watched.url, iter(range(9)).__next__)
    watched.answer(200, 50)
    scrapes.take()
    watched.responses.clear()
    watched.answer(200, 4)
    scrapes.take()
    assert scrapes.increase("server_responses_total", 60) == 4
