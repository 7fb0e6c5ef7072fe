"""`workbook bench`: its meters against known loads, and one small run of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from rich.console import Console

from tests.workbook.test_cli import one_line_error, workbook
from workbook.bench.calls import compare_calls
from workbook.bench.load import Load, parse, put_load
from workbook.bench.measure import Plan
from workbook.bench.report import show
from workbook.bench.run import choose, compare_servers
from workbook.bench.usage import cpu_seconds, memory
from workbook.process import Server

needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed: apt install wrk")

LINE = '{"seconds": 2.0, "requests": 110, "refused": 10, "socket_errors": 3, "p50_ms": 1.5, "p99_ms": 9.25}'


def test_the_line_of_wrk_is_read_among_its_own():
    load = parse(f"Running 2s test\n  10 requests in 2.00s\n{LINE}\n")
    assert load == Load(2.0, 110, 10, 3, 1.5, 9.25)
    assert (load.answered, load.rate) == (100, 50)


def test_output_without_the_line_is_an_error():
    with pytest.raises(ValueError, match=r"no result: 'unable to connect'"):
        parse("unable to connect\n")


def test_without_wrk_the_command_says_how_to_install_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    error = one_line_error(workbook("bench", "reference"))
    assert "apt install wrk" in error
    assert "brew install wrk" in error


def test_an_unknown_server_is_named_beside_those_there_are():
    assert "no server called apache; there is course-notes, reference, floor" in one_line_error(
        workbook("bench", "apache")
    )


# Each for 0.6 s of CPU time busy: a child that ends, one that goes on and holds 60 MB, and their parent.
BURN = """
import subprocess, sys, time
burn = "import time\\nwhile time.process_time() < 0.6: pass\\n"
hold = "data = bytearray(b'x') * 60_000_000\\nprint(len(data), flush=True)\\ninput()"
subprocess.run([sys.executable, "-c", burn], check=True)
child = subprocess.Popen([sys.executable, "-c", burn + hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
exec(burn)
child.stdout.readline()
print("burnt", flush=True)
input()
child.communicate(b"\\n")
"""


def test_cpu_time_and_memory_are_those_of_the_whole_tree():
    command = [sys.executable, "-c", BURN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "burnt\n"
        used, taken = cpu_seconds(process.pid), memory(process.pid)
        process.communicate("\n", timeout=10)
    assert 1.7 < used < 2.4
    assert 60 < taken.rss < 160
    assert taken.pss is None or 60 < taken.pss < taken.rss
    assert cpu_seconds(process.pid) == 0


REFUSES = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def do_POST(self):
        assert self.headers["Content-Type"] == "application/json"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if body == b"{}" else 503); self.send_header("Content-Length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@needs_wrk
def test_refused_requests_are_counted_and_are_no_part_of_the_rate(tmp_path):
    (tmp_path / "api.py").write_text(REFUSES)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text("{}")
    bad.write_text("[]")
    with Server(str(tmp_path / "api.py"), ready="/") as server:
        well = put_load(server.url, good, 2, 1)
        assert well.refused == well.socket_errors == 0
        assert well.rate == pytest.approx(well.requests / well.seconds)
        ill = put_load(server.url, bad, 2, 1)
        assert ill.refused == ill.requests > 0
        assert ill.rate == 0
    with pytest.raises(RuntimeError, match="unable to connect"):
        put_load(server.url, good, 1, 1)


@pytest.fixture(scope="module")
def small_run():
    """The reference and the floor, with a single client for a second."""
    plan = Plan(clients=(1,), seconds=1, rounds=1)
    return compare_servers(choose(["reference", "floor"]), plan, Console(quiet=True))


@needs_wrk
def test_a_run_measures_every_server_and_shows_their_ratios(small_run):
    console = Console(record=True, width=100)
    show(small_run, console)
    text = console.export_text()
    for result in small_run.results:
        assert result.error == ""
        assert result.rows[1].failed == 0
        assert result.rows[1].rate > 50
        assert 0 < result.rows[1].cpu_ms < 20
        assert 0 < result.ready_seconds < 30
        assert 20 < result.rss_mb < 1000
    reference, floor = (result.rows[1].rate for result in small_run.results)
    ratio = float(re.search(r"reference +- +([\d.]+) +-", text)[1])
    assert ratio == pytest.approx(reference / floor, rel=0.01)
    assert re.search(r"images a second, 1,000 in a request, in the handler +[\d,]+ +at least 20,000", text)


def test_the_calls_are_printed_with_their_ratios_to_the_first(monkeypatch):
    monkeypatch.setattr("workbook.bench.calls.ROUNDS", 5)
    console = Console(record=True, width=100)
    compare_calls(console)
    rows = re.findall(r"│ (\S.*?)\s+│ ([\d.]+)\s+│ ([\d.]+)", console.export_text())
    assert [way.split()[0] for way, _, _ in rows] == ["model.predict(batch)", "model(batch)", "compiled", "LiteRT"]
    slowest = float(rows[0][1])
    for _, milliseconds, ratio in rows:
        assert float(ratio) == pytest.approx(slowest / float(milliseconds), rel=0.1)
