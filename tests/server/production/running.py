"""The production server as a process of its own, for the tests that need it as it runs for others."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from workbook.servers.process import free_port

WORKERS = 2


class Production:
    """``workbook serve`` with two workers, ready when this returns. What it prints goes to ``log``."""

    def __init__(self, models: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        command = [sys.executable, "-m", "workbook", "serve", "--port", str(self.port), "--workers", str(WORKERS)]
        with log.open("wb") as file:
            self.process = subprocess.Popen([*command, "--models", str(models)], stdout=file, stderr=file)
        self.wait()

    def wait(self) -> None:
        for _ in range(300):
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        pytest.fail(self.log.read_text())

    def workers(self) -> list[psutil.Process]:
        """The children that serve; Python's resource tracker is one, too, but it is not ours."""
        children = psutil.Process(self.process.pid).children()
        commands = [child.as_dict(["cmdline"])["cmdline"] or [] for child in children]  # none of one that has ended
        both = zip(children, commands, strict=True)
        return [child for child, command in both if command and "resource_tracker" not in " ".join(command)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)
