"""What all tests share: the data, the reference application, and the rule that CI skips nothing."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from pipeline import dataset
from server.quiet import import_tensorflow
from tests.loops import loop, made_once  # noqa: F401  fixtures

ROOT = Path(__file__).parent.parent
# What was said to the make and the pytest that run the tests is not said to those that tests run.
SAID_TO_THE_OUTER = (
    *("MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MAKEFILES", "ARGS", "WHEELHOUSE"),
    *("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"),
    *("COVERAGE_FILE", "COVERAGE_RCFILE"),
)
# The files that take minutes, and would be among the last.
LONGEST = ("test_fresh_clone.py", "test_year.py", "test_rounds.py", "test_loop.py")
TOGETHER = "tests/tensorflow_serving/"
LAB = re.compile(r"\[\d\d_\w+")  # a lab's folder, at the beginning of a test's parameters
for name in SAID_TO_THE_OUTER:
    os.environ.pop(name, None)

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("course", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")
# A shell that starts the tests in the background has them ignore Ctrl-C, and so would all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """One place for the sockets of what has imported a lab's libraries ahead, for all processes of the tests:
    TensorFlow is imported once. Without the place, they end."""
    if not hasattr(config, "workerinput"):
        place = tempfile.TemporaryDirectory(prefix="warm-")
        os.environ["XDG_RUNTIME_DIR"] = place.name
        config.add_cleanup(place.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """With ``--dist loadfile``, files go to the processes whole; but those of the labs in parts, one for each lab, and
    those that share a server with TensorFlow together."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFileAndLab(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            if file.startswith(TOGETHER):
                return TOGETHER
            lab = LAB.search(nodeid) if file.startswith("tests/labs/") else None
            return f"{file}{lab[0]}" if lab else file

    return ByFileAndLab(config, log)


@pytest.fixture(scope="session")
def data() -> None:
    """Fashion-MNIST in Keras's cache."""
    dataset.ensure()


@pytest.fixture(scope="session")
def test_set(data: None) -> tuple[np.ndarray, np.ndarray]:
    """The 10,000 test images and their labels."""
    import_tensorflow()
    from keras.datasets import fashion_mnist

    return fashion_mnist.load_data()[1]


@pytest.fixture(scope="session")
def engines() -> Path:
    """The interpreter of the environment in which the pipeline's engines run, made if it is not there."""
    from rich.console import Console

    from workbook.setup.layer import ensure

    return ensure(ROOT, Console())


@pytest.fixture(scope="session")
def kubernetes_tools() -> Path:
    """The interpreter of the environment with the schemas, beside which kubectl is; made if it is not there."""
    from rich.console import Console

    from workbook.setup.layer import KUBERNETES, ensure

    return ensure(ROOT, Console(), KUBERNETES)


@pytest.fixture(scope="session")
def ray_python() -> Path:
    """The interpreter of the environment with Ray, made if it is not there."""
    from rich.console import Console

    from workbook.setup.layer import RAY, ensure

    return ensure(ROOT, Console(), RAY)


@pytest.fixture(scope="session")
def app():
    """The reference application on the pinned models."""
    from server.production.app import production_app

    return production_app()


@pytest.fixture(scope="session")
def served(app) -> Iterator[str]:
    """The address of the reference application, served over real HTTP on a free port."""
    with over_http(app) as address:
        yield address


@contextmanager
def over_http(app: Callable) -> Iterator[str]:
    """Serve a WSGI application on a free port, in a thread; yields its address."""
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty course folder, which is the current one."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: in the order of their names they would be the last, with the other processes waiting."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped, a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # one of several processes; the one that started them reports
        return
    if os.environ.get("WORKBOOK_NOTHING_SKIPPED") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After pytest's own list of what was skipped and why: that this has made the run fail, and the way out."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("WORKBOOK_NOTHING_SKIPPED"):
        said = (
            f"WORKBOOK_NOTHING_SKIPPED is set, and {len(skipped)} tests were skipped: install what the lines above say"
        )
        terminalreporter.write_line(said, red=True)
