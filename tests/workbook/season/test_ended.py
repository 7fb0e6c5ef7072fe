"""A year that is ended before it is over leaves nothing behind, and says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import ROOT

SECONDS = 300  # until the front is there, on a machine under load


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "SIGTERM"])
def test_a_year_that_is_ended_leaves_no_process_and_no_folder(number, tmp_path):
    command = [sys.executable, "-m", "workbook", "season", "--fast", "--reference"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "NO_COLOR": "1"}
    season = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    started = until_there_is_a_front(season)
    season.send_signal(number)
    said = season.communicate(timeout=SECONDS)[1].decode()
    assert season.returncode == 130
    assert "ended, with all that it had started" in said and "Traceback" not in said
    assert [one for one in started if one.is_running()] == []
    assert list(tmp_path.glob("season-*")) == []


def until_there_is_a_front(season: subprocess.Popen) -> list[psutil.Process]:
    """What the season has started by then."""
    last = time.monotonic() + SECONDS
    while time.monotonic() < last and season.poll() is None:
        started = psutil.Process(season.pid).children(recursive=True)
        if any("server.traffic" in one.cmdline() for one in started):
            return started
        time.sleep(0.2)
    raise AssertionError(f"no front within {SECONDS} s; its status is {season.poll()}")
