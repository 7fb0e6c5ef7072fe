"""A pytest plugin: gives the checks their ``student``, and makes a ``Result`` of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbook.labs.checks.assertions import MARK, CheckFailed
from workbook.labs.checks.results import Result, State
from workbook.labs.sandbox.student import TEXT_CHARACTERS, NoAnswer, Raised, Student

ENDLESS = "an endless loop, or a wait for something that never comes; or the program was ended from inside, by exit()"


class Collector:
    """Holds the student's process and files, and gathers the results; ``task`` narrows the checks to one task's."""

    def __init__(self, student: Student, files: dict[str, bytes], task: int | None = None) -> None:
        self._student = student
        self._files = files
        self._task = task
        self.results: list[Result] = []

    @pytest.fixture(scope="session")
    def student(self) -> Iterator[Student]:
        yield self._student

    @pytest.fixture(scope="session")
    def files(self) -> dict[str, bytes]:
        """The student's files by name, for what an engine builds of them."""
        return self._files

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", f"{MARK}(task, points, likely, read): a lab's check")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._task is not None:
            items[:] = [item for item in items if _about(item)["task"] == self._task]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        report = yield
        # The call, and a fixture that failed: each test gives one result.
        if call.when == "call" or (call.when == "setup" and call.excinfo):
            self.results.append(_result(item, call.excinfo))
        return report


def _about(item: pytest.Item) -> dict:
    mark = item.get_closest_marker(MARK)
    if mark is None:
        raise pytest.UsageError(f"{item.name} has no @check(task=…, points=…, likely=…, read=…)")
    return mark.kwargs


def _result(item: pytest.Item, excinfo: pytest.ExceptionInfo | None) -> Result:
    about = dict(_about(item))
    title = (item.function.__doc__ or item.name).strip().splitlines()[0]
    what = {"state": State.PASSED} if excinfo is None else _failure(excinfo)
    what = {name: value if isinstance(value, State) else str(value)[-TEXT_CHARACTERS:] for name, value in what.items()}
    return Result(**{"name": item.name, "title": title, **about, **what})


def _failure(excinfo: pytest.ExceptionInfo) -> dict:
    error = excinfo.value
    if isinstance(error, CheckFailed):
        return {"state": State.FAILED, "sent": error.sent, "expected": error.expected, "got": error.got}
    if isinstance(error, Raised):
        todo = "NotImplementedError" in error.kinds
        state = State.TODO if todo else State.FAILED
        return {"state": state, "got": str(error), "traceback": "" if todo else error.traceback}
    if isinstance(error, pytest.skip.Exception):
        return {"state": State.SKIPPED, "got": str(error), "likely": "", "read": ""}
    if isinstance(error, NoAnswer):
        return {"state": State.FAILED, "expected": "an answer", "got": str(error), "likely": ENDLESS}
    return {"state": State.BROKEN, "got": f"{type(error).__name__}: {error}", "traceback": str(excinfo.getrepr())}
