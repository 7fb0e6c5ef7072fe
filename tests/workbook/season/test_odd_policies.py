"""What a student's policies may answer or raise, and what the year says to it: one line, and no traceback."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from workbook.errors import UserError
from workbook.season import policies
from workbook.season.policies import policies_in, rehearse, the_reference

REFERENCE = the_reference()


@pytest.mark.parametrize(
    ("policy", "answer", "said"),
    [
        ("validate", [[True], [True, False]], "validate must return 100 bools"),
        ("choose_labels", [1, [2, 3]], "different row numbers"),
        ("route", np.complex64(1), "a share from 0 to 1"),
    ],
)
def test_an_answer_that_is_no_array_and_no_number_is_one_line(policy, answer, said):
    with pytest.raises(UserError, match=said):
        rehearse(replace(REFERENCE, **{policy: lambda *_: answer}))


def test_a_policy_that_calls_exit_is_told(tmp_path):
    with pytest.raises(UserError, match="gate raised SystemExit"):
        rehearse(replace(REFERENCE, gate=lambda *_: sys.exit(0)))
    (tmp_path / "policies.py").write_text("exit(0)\n")
    with pytest.raises(UserError, match=r"policies.py cannot be imported: SystemExit"):
        policies_in(tmp_path / "policies.py")


def test_what_does_not_end_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(policies, "SECONDS", 0.2)
    ended = threading.Event()
    monkeypatch.setitem(sys.modules, "ended", ended)
    (tmp_path / "policies.py").write_text("import ended\nended.wait()\n")
    try:
        with pytest.raises(UserError, match=r"detect raised TimeoutError: no answer after 0\.2 s; look for a loop"):
            rehearse(replace(REFERENCE, detect=lambda *_: ended.wait()))
        with pytest.raises(UserError, match=r"policies.py cannot be imported: TimeoutError: no answer after 0\.2 s"):
            policies_in(tmp_path / "policies.py")
    finally:
        ended.set()


def test_where_a_policy_raised_is_told(tmp_path):
    """In the policy's own file, not where NumPy raised it: the checks may pass, and say no more."""
    text = "import numpy as np\n\n\ndef validate(*_):\n    return np.concatenate([])\n\n\n"
    others = "detect = choose_labels = gate = route = validate\n"
    (tmp_path / "policies.py").write_text(text + others)
    with pytest.raises(UserError, match=r"ValueError in line 5 of policies.py: need at least one"):
        rehearse(policies_in(tmp_path / "policies.py"))
