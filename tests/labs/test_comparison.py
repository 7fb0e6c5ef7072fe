"""What ``workbook diff`` calls is there for each lab, with what it imports of the lab's other modules."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT
from tests.labs.answers import NAMES

# In a process of its own, as in a student's: here, pytest would refuse the marks of the labs' checks.
PROGRAM = """
import json, sys
from pathlib import Path
from workbook.labs.authoring.manifest import every_lab
from workbook.labs.desk.comparison import _behavior_of
from workbook.labs.sandbox.student import Student

path, found = list(sys.path), {}
for lab in every_lab(Path(sys.argv[1])):
    with Student(lab, {}) as student:  # nothing is called, so nothing is started
        calls = list(_behavior_of(lab)(student))
    found[lab.name] = [name for name, call in calls if callable(call)]
print(json.dumps([found, sys.path == path, "checks" in sys.modules]))
"""


def test_what_is_compared_can_be_loaded_one_lab_after_the_other():
    command = [sys.executable, "-c", PROGRAM, ROOT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found, same_path, left = json.loads(done.stdout.splitlines()[-1])
    assert list(found) == NAMES
    assert [name for name, calls in found.items() if not len(set(calls)) == len(calls) >= 5] == []
    assert same_path and not left
