"""The front as a process of its own, as ``workbook serve --traffic`` starts it."""

from __future__ import annotations

import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Self

import requests

from tests.server.log import log_lines
from tests.server.production.running import START_SECONDS, STOP_SECONDS, end, wait_until
from workbook.servers.process import answers, free_port

BODY = {"image": [[0, 9] * 14] * 28}
ONE = 'route = { kind = "version", version = 1 }'


class Front:
    """A front in ``folder``, ready when this returns. ``use`` gives it another policy, and waits until it is taken."""

    def __init__(self, folder: Path, policy: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.policy, self.log = folder / "traffic.toml", folder / "log.txt"
        self.policy.write_text(policy)
        command = [sys.executable, "-m", "workbook", "serve", "--port", str(self.port), "--traffic", str(self.policy)]
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=file)
        try:
            wait_until(lambda: self.process.poll() is not None or answers(f"{self.url}/readyz"), START_SECONDS)
            assert self.process.poll() is None, self.log.read_text()
        except BaseException:
            end(self.process)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A test that fails leaves nothing running."""
        end(self.process)

    def use(self, policy: str) -> None:
        before = self.log.read_text().count("policy taken")
        self.policy.write_text(policy)
        digest = sha256(policy.encode()).hexdigest()
        wait_until(lambda: self.state()["policy"]["sha256"] == digest)
        assert self.log.read_text().count("policy taken") <= before + 1

    def state(self) -> dict:
        return requests.get(f"{self.url}/traffic", timeout=60).json()

    def model(self, name: str = "clothes") -> dict:
        return self.state()["models"][name]

    def metrics(self) -> str:
        return requests.get(f"{self.url}/metrics", timeout=60).text

    def lines(self) -> list[dict]:
        return log_lines(self.log)

    def post(self, path: str = "/models/clothes", user: str = "", **more: object) -> requests.Response:
        headers = {"X-User-Id": user} if user else {}
        return requests.post(self.url + path, json=BODY, headers=headers, timeout=60, **more)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def clothes(one: str, two: str, route: str, more: str = "") -> str:
    """A policy for the clothes, with the addresses of its two versions."""
    return f'[models.clothes]\nversions = {{ 1 = "{one}", 2 = "{two}" }}\n{more}\n{route}\n'
