"""What a test that is made from the contract alone finds, and what the command prints of it.

Notebook 09 holds a sound server and three faulty ones against it.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from workbook.faults import __main__ as command
from workbook.faults import contract
from workbook.servers.process import free_port


def test_a_server_that_is_not_there_is_not_called_sound(monkeypatch):
    monkeypatch.setattr(contract, "PHASES", "fuzzing")
    monkeypatch.setattr(contract, "EXAMPLES", 1)
    with pytest.raises(RuntimeError, match="was not tested: Network Error"):
        contract.contract_test(f"http://127.0.0.1:{free_port()}")


def test_the_command_prints_a_line_for_each_server_and_the_count(monkeypatch, capsys):
    @contextmanager
    def named(app: str):
        yield app

    monkeypatch.setattr(contract, "app_of", lambda name: name)
    monkeypatch.setattr(contract, "running", named)
    found = {"no-softmax": ["Response violates schema"], "some-fail": ["Server error", "Undocumented status code"]}
    monkeypatch.setattr(contract, "contract_test", lambda name: found.get(name, []))
    assert command.main(["contract"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["reference", "passed"]
    assert lines[-2].split(maxsplit=2) == ["some-fail", "rejected", "Server error; Undocumented status code"]
    assert lines[-1] == "contract: 2 of 22 faults found"
