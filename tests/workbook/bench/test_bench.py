"""`workbook bench`: its meters against known loads, and one small run of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
from packaging.requirements import Requirement
from rich.console import Console

from tests.workbook.test_cli import one_line_error, workbook
from workbook.bench.calls import compare_calls
from workbook.bench.load import Load, parse, put_load
from workbook.bench.measure import Plan, running
from workbook.bench.peers import PEERS, Peer
from workbook.bench.report import show
from workbook.bench.results import Report, Result, Row
from workbook.bench.run import choose, compare_servers
from workbook.bench.save import save
from workbook.bench.servers import Contestant
from workbook.bench.usage import cpu_seconds, memory, process_tree
from workbook.servers.process import Server

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
    error = one_line_error(workbook("bench", "apache"))
    assert "no server called apache; there is course-notes, reference, floor, kserve" in error


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


# A server that takes what a contestant is sent, and refuses anything else.
SERVES = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(200)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        right = self.headers["Content-Type"] == "application/json" and body.startswith(b"{")
        self.answer(200 if right else 503, b'ANSWER')
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@needs_wrk
def test_refused_requests_are_counted_and_are_no_part_of_the_rate(tmp_path):
    (tmp_path / "api.py").write_text(SERVES)
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
    return compare_servers(choose(["reference", "floor"], peers=False), plan, Console(quiet=True))


@needs_wrk
def test_a_run_measures_every_server_and_shows_their_ratios(small_run):
    console = Console(record=True, width=100)
    show(small_run, console)
    text = console.export_text()
    for result in small_run.results:
        assert result.error == ""
        assert result.rows[1].failed == 0
        assert result.rows[1].rate > 0
        assert 0 < result.rows[1].cpu_ms < 100
        assert result.ready_seconds > 0
        assert 20 < result.rss_mb < 1000
    reference, floor = (result.rows[1].rate for result in small_run.results)
    ratio = float(re.search(r"(?m)^floor +([\d.]+) +[\d.]+ *$", text)[1])
    assert ratio == pytest.approx(reference / floor, rel=0.01)
    assert re.search(r"images/s in the handler, 1,000 per request +[\d,]+ +at least 20,000", text)


WRONG = SERVES.replace("ANSWER", '{"result": [[0.9, 0, 0, 0, 0, 0, 0, 0, 0, 0.1]]}')
RIGHT = SERVES.replace("ANSWER", '{"result": [[0.1, 0.9, 0, 0, 0, 0, 0, 0, 0, 0]]}')


@dataclass(frozen=True)
class Script(Contestant):
    """A contestant that lies elsewhere."""

    folder: Path = Path()

    @property
    def file(self) -> Path:
        return self.folder / self.script


@needs_wrk
def test_who_cannot_be_measured_is_reported_with_the_reason_and_the_others_go_on(tmp_path, monkeypatch):
    scripts = {"ends.py": "import none_such", "errs.py": WRONG, "serves.py": RIGHT}
    for name, code in scripts.items():
        (tmp_path / name).write_text(code)
    contestants = [Script(name, name, ready="/", folder=tmp_path) for name in scripts]
    (tmp_path / "peer.py").write_text('# /// script\n# dependencies = ["no-such-package @ file:///none"]\n# ///\n')
    monkeypatch.setattr("workbook.bench.servers.FOLDER", tmp_path)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    contestants.append(Peer("not here", "peer.py"))
    console = Console(record=True, width=200)
    report = compare_servers(tuple(contestants), Plan(clients=(1,), seconds=1, rounds=1), console)
    show(report, console)
    ends, errs, serves, peer = report.results
    assert "No module named 'none_such'" in ends.error
    assert "expected 10 scores, the highest for class 1; got [0.9" in errs.error
    assert serves.error == ""
    assert serves.rows[1].rate > 0
    assert peer.error.startswith("error: ")
    text = console.export_text()
    for result in (ends, errs, peer):
        assert f"{result.name} could not be measured: {result.error}" in text


def test_a_contestant_is_gone_with_every_process_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("workbook.bench.measure.STOP_SECONDS", 1)
    (tmp_path / "forks.py").write_text(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import signal as s, time; s.signal(15, 1); time.sleep(60)'])\n"
        + RIGHT
    )
    with running(Script("forks", "forks.py", ready="/", folder=tmp_path), tmp_path) as server:
        processes = process_tree(server.pid)
        assert len(processes) == 2
    # A zombie is an orphan that has ended, and that this machine's first process has yet to take note of.
    assert not [left for left in processes if left.is_running() and left.status() != psutil.STATUS_ZOMBIE]


def result(name: str, rate: float, cpu_ms: float) -> Result:
    rows = {clients: Row(rate * clients, cpu_ms, 1, 2, 0) for clients in (8, 32)}
    return Result(name, 2, ready_seconds=0.5, rss_mb=150, pss_mb=90, rows=rows)


REPORT = Report(
    (
        result("course notes", 2, 60),
        result("reference", 500, 0.1),
        result("floor", 625, 0.08),
        result("Fast", 250, 0.4),
        result("Frugal", 100, 0.3),
        Result("Absent", 2, "it did not start"),
    ),
    rounds=3,
    seconds=5,
    batch_rate=25_000,
)


def test_the_verdicts_hold_the_reference_against_the_fastest_and_the_most_frugal_peer():
    found = {verdict.what: (round(verdict.measured, 3), verdict.target) for verdict in REPORT.verdicts()}
    assert found["times the req/s of the course notes (clients: 32)"] == (250, "at least 150")
    assert found["times the req/s of the floor (clients: 8)"] == (0.8, "at least 0.85")
    assert found["times the req/s of the best peer (clients: 32)"] == (2, "at least 1.5")
    assert found["times as little CPU as the best peer (clients: 8)"] == (3, "over 1")
    assert found["MB of memory (RSS)"] == (150, "under 200")


def test_without_peers_nothing_is_said_of_them():
    own = replace(REPORT, results=REPORT.results[:3])
    assert not [verdict.what for verdict in own.verdicts() if "peer" in verdict.what]


def test_a_saved_run_is_a_picture_a_page_and_numbers(tmp_path):
    save(REPORT, tmp_path / "bench")
    numbers = json.loads((tmp_path / "bench" / "results.json").read_text())
    assert numbers["results"][1]["rows"]["32"]["rate"] == 16_000
    assert numbers["results"][5]["error"] == "it did not start"
    page = (tmp_path / "bench" / "results.md").read_text()
    assert "| reference | 32 | 16,000 | 0.1 | 1 | 2 | 0 |" in page
    assert "| Fast | 2 | 2 | 4 | 4 |" in page
    assert "Absent could not be measured: it did not start" in page
    assert "the fastest first: floor 20,000 at 0.08 ms; reference 16,000 at 0.1 ms; Fast 8,000" in page
    picture = (tmp_path / "bench" / "picture.svg").read_bytes()
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    save(REPORT, tmp_path / "again")
    assert (tmp_path / "again" / "picture.svg").read_bytes() == picture


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_names_its_packages_and_compiles(peer):
    source = peer.file.read_text()
    compile(source, peer.script, "exec")
    head = re.search(r"(?ms)^# /// script$(.*?)^# ///$", source)[1]
    needs = tomllib.loads(re.sub(r"(?m)^# ?", "", head))["dependencies"]
    assert "ai-edge-litert" in needs
    assert any(Requirement(need).specifier for need in needs)


def test_the_calls_are_printed_with_their_ratios_to_the_first(monkeypatch):
    monkeypatch.setattr("workbook.bench.calls.ROUNDS", 5)
    console = Console(record=True, width=100)
    compare_calls(console)
    rows = re.findall(r"│ (\S.*?)\s+│ ([\d.]+)\s+│ ([\d.]+)", console.export_text())
    assert [way.split()[0] for way, _, _ in rows] == ["model.predict(batch)", "model(batch)", "compiled", "LiteRT"]
    slowest = float(rows[0][1])
    for _, milliseconds, ratio in rows:
        assert float(ratio) == pytest.approx(slowest / float(milliseconds), rel=0.1)
