"""A Prometheus of one's own, for as long as a notebook runs: it scrapes a server and evaluates alert rules.

It is used where the program is, and ``find_prometheus`` says whether it is. On Debian, ``fetch_prometheus`` gets it
without installing anything: ``python -m workbook.servers.prometheus``. Elsewhere, ``scrapes`` beside this adds.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import requests
import yaml

import server
from workbook.errors import UserError
from workbook.paths import WORK
from workbook.servers.process import Process, answers, free_port

FETCHED = Path(WORK) / "prometheus"
ALERTS = Path(server.__file__).resolve().parents[1] / "docker" / "alerts.yml"
PACKAGE = "prometheus"
QUERY_SECONDS = 30
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# Not of a name such as ratio_rate5m, and not of "5 minutes".
DURATION = re.compile(r"\b(\d+)([smhd])\b")


def find_prometheus() -> Path | None:
    """The program, from ``PATH`` or from where ``fetch_prometheus`` puts it; None where it is not."""
    found = shutil.which("prometheus") or shutil.which("prometheus", path=str(FETCHED.resolve() / "usr" / "bin"))
    return Path(found) if found else None


def fetch_prometheus() -> Path:
    """Have the program; on Debian and its kin it is downloaded, and installed nowhere. Raises ``UserError``."""
    if found := find_prometheus():
        return found
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UserError("no Prometheus, and no apt-get to get it with: the notebook does without, or see prometheus.io")
    FETCHED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FETCHED) as scratch:
        got = subprocess.run(["apt-get", "download", PACKAGE], cwd=scratch, capture_output=True, text=True, check=False)
        packages = list(Path(scratch).glob("*.deb"))
        if got.returncode or not packages:
            told = (got.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise UserError(f"apt-get could not download {PACKAGE} ({told}): run `apt-get update` and repeat")
        subprocess.run(["dpkg-deb", "--extract", str(packages[0]), str(FETCHED)], check=True)
    return FETCHED.resolve() / "usr" / "bin" / "prometheus"


def alert_rules() -> str:
    """The text of ``docker/alerts.yml``, the course's own rules."""
    return ALERTS.read_text(encoding="utf-8")


def hurried(rules: str, times: int) -> str:
    """``rules``, as YAML, with every duration so many times shorter: the text in which ``1h`` is ``60000ms`` for 60."""
    return DURATION.sub(lambda found: f"{int(found[1]) * SECONDS[found[2]] * 1000 // times}ms", rules)


class Prometheus(Process):
    """Prometheus, which asks each of ``targets`` for its metrics every ``seconds``; ready when this returns.

    ``targets`` maps a job's name to an address such as ``http://127.0.0.1:8000``. ``rules`` is the text of a file like
    ``docker/alerts.yml``. What it stores goes with it. Raises ``UserError`` where there is no Prometheus, and
    ``DidNotStart`` for rules that it refuses. Use it in a ``with`` statement, or call ``stop`` yourself.
    """

    def __init__(self, targets: dict[str, str], rules: str = "groups: []", seconds: float = 1) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._data = tempfile.TemporaryDirectory(prefix="workbook-prometheus-")
        folder = Path(self._data.name)
        (folder / "alerts.yml").write_text(rules, encoding="utf-8")
        (folder / "prometheus.yml").write_text(yaml.safe_dump(_configuration(targets, seconds)), encoding="utf-8")
        arguments = {
            "--config.file": folder / "prometheus.yml",
            "--storage.tsdb.path": folder / "data",
            "--web.listen-address": self.url.removeprefix("http://"),
            "--log.level": "warn",
        }
        program = find_prometheus()
        if program is None:
            raise UserError("no Prometheus on this machine; on Debian: python -m workbook.servers.prometheus gets it")
        super().__init__([str(program), *(f"{name}={value}" for name, value in arguments.items())], {})
        self.wait_until(lambda: answers(f"{self.url}/-/ready"), "answer at /-/ready")

    def query(self, expression: str) -> dict[tuple[tuple[str, str], ...], float]:
        """The value of each series of a PromQL expression now, by its labels in order. Raises ``ValueError``."""
        found = self._get("query", query=expression)["result"]
        return {tuple(sorted(series["metric"].items())): float(series["value"][1]) for series in found}

    def firing(self) -> set[tuple[str, str]]:
        """Name and severity of each alert that fires."""
        alerts = self._get("alerts")["alerts"]
        return {(a["labels"]["alertname"], a["labels"].get("severity", "")) for a in alerts if a["state"] == "firing"}

    def stop(self) -> None:
        super().stop()
        self._data.cleanup()

    def _get(self, what: str, **parameters: str) -> dict:
        with requests.Session() as session:
            session.trust_env = False  # it is on this machine, where no proxy stands before it
            answer = session.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=QUERY_SECONDS).json()
        if answer["status"] != "success":
            raise ValueError(f"Prometheus refuses {parameters}: {answer['error']}")
        return answer["data"]


def _configuration(targets: dict[str, str], seconds: float) -> dict:
    every = f"{round(seconds * 1000)}ms"
    hosts = {job: url.removeprefix("http://") for job, url in targets.items()}
    jobs = [{"job_name": job, "static_configs": [{"targets": [host]}]} for job, host in hosts.items()]
    times = {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every}
    return {"global": times, "rule_files": ["alerts.yml"], "scrape_configs": jobs}


if __name__ == "__main__":
    try:
        print(fetch_prometheus())
    except UserError as error:
        raise SystemExit(f"error: {error}") from error
