"""A pytest plugin that gives the checks their ``student``, and makes a ``Result`` of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from workbook.labs.checks.assertions import MARK, CheckFailed, shown
from workbook.labs.checks.loading import Unloadable
from workbook.labs.checks.results import Result, State
from workbook.labs.sandbox.student import DRIVER, TEXT_CHARACTERS, NoAnswer, Raised, Student

# Exceptions with reasons that no task is about: the likely cause of a failed check does not fit these.
OF_NO_TASK = {"ImportError", "SyntaxError", "NameError", "AttributeError", "EOFError", "SystemExit", "MemoryError"}
OF_LOADING = {"ImportError", "SyntaxError", "BadFile"}
AT_IMPORT = "<module>"  # the function in a traceback whose code runs when a module is imported


class FileLost(Exception):
    """The file with this check's task cannot be loaded, which is said once for all its checks."""


class Collector:
    """Holds the student's process and files, and gathers the results.

    ``wanted`` says by name and task which checks to run; ``lost`` are tasks whose file cannot be loaded. ``suspicious``
    are checks that failed in the way they do if a file cannot be loaded.
    """

    def __init__(
        self,
        student: Student,
        files: dict[str, bytes],
        wanted: Callable[[str, int], bool],
        lost: Mapping[int, Unloadable],
    ) -> None:
        self._student = student
        self._files = files
        self._wanted = wanted
        self._lost = lost
        self.results: list[Result] = []
        self.suspicious: set[str] = set()

    @pytest.fixture(scope="session")
    def student(self) -> Iterator[Student]:
        yield self._student

    @pytest.fixture(scope="session")
    def files(self) -> dict[str, bytes]:
        """The student's files by name, for what an engine builds from them."""
        return self._files

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", f"{MARK}(task, points, likely, read): a lab's check")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._wanted(item.name, _about(item)["task"])]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._student.returned.clear()
        if lost := self._lost.get(_about(item)["task"]):
            raise FileLost(lost)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        report = yield
        # The call, or a fixture that failed: each test has one result.
        if call.when == "call" or (call.when == "setup" and call.excinfo):
            if call.excinfo and _is_of_loading(call.excinfo.value):
                self.suspicious.add(item.name)
            self.results.append(_result(item, call.excinfo, self._student.returned))
        return report


def _about(item: pytest.Item) -> dict:
    mark = item.get_closest_marker(MARK)
    if mark is None:
        raise pytest.UsageError(f"{item.name} has no @check(task=…, points=…, likely=…, read=…)")
    return mark.kwargs


def _result(item: pytest.Item, excinfo: pytest.ExceptionInfo | None, returned: list[object]) -> Result:
    about = dict(_about(item))
    title = (item.function.__doc__ or item.name).strip().splitlines()[0]
    what = {"state": State.PASSED} if excinfo is None else _failure(excinfo, returned)
    kept = (State, bool)
    what = {name: value if isinstance(value, kept) else str(value)[-TEXT_CHARACTERS:] for name, value in what.items()}
    return Result(**{"name": item.name, "title": title, **about, **what})


def _failure(excinfo: pytest.ExceptionInfo, returned: list[object]) -> dict:
    error = excinfo.value
    if isinstance(error, CheckFailed):
        said = {"sent": error.sent, "expected": error.expected, "got": error.got, "how": error.how}
        return {"state": State.FAILED, **said, **_of_raised(error.raised), **({} if error.fits else {"likely": ""})}
    if isinstance(error, Raised):
        if "NotImplementedError" in error.kinds:
            return {"state": State.TODO, "got": str(error)}
        # A check's likely cause is for a wrong answer. Here there is no answer, and what was raised says why.
        said = {"sent": error.sent, "expected": error.expected, "got": str(error), "how": "raised"}
        return {"state": State.FAILED, **said, "traceback": error.traceback, "likely": ""}
    if isinstance(error, pytest.skip.Exception):
        return {"state": State.SKIPPED, "got": str(error), "likely": "", "read": ""}
    if isinstance(error, NoAnswer):
        said = {"sent": error.sent, "expected": error.expected, "got": str(error), "how": "silent"}
        return {"state": State.FAILED, **said, "likely": error.likely, "disturbed": error.disturbed}
    return _lost(error) if isinstance(error, FileLost) else _broken(excinfo, returned)


def _lost(error: FileLost) -> dict:
    (lost,) = error.args
    return {"state": State.FAILED, "got": lost.reason, "likely": "", "lost": True, "disturbed": lost.disturbed}


def _broken(excinfo: pytest.ExceptionInfo, returned: list[object]) -> dict:
    """For a check that itself failed, perhaps because of an answer that cannot be compared."""
    said = f"{type(excinfo.value).__name__}: {excinfo.value}"
    got = f"{shown(returned[-1])}, which cannot be compared with that" if returned else said
    return {"state": State.BROKEN, "got": got, "how": "kind", "likely": "", "traceback": str(excinfo.getrepr())}


def _of_raised(error: Raised | None) -> dict:
    """What to say about an exception; no likely cause if it has its own."""
    if not error:
        return {}
    own = OF_NO_TASK.intersection(error.kinds) or _is_at_import(error)
    return {"traceback": error.traceback, **({"likely": ""} if own else {})}


def _is_at_import(error: Raised) -> bool:
    return any(function == AT_IMPORT for _, _, function in error.where)


def _is_of_loading(error: BaseException) -> bool:
    """Whether a file that cannot be loaded may be behind it, even if it was raised outside everything of the lab's."""
    if isinstance(error, CheckFailed):
        error = error.raised
    if not isinstance(error, Raised):
        return isinstance(error, NoAnswer)
    todo = "NotImplementedError" in error.kinds
    outside = not error.where or error.where[-1][0].endswith(DRIVER)
    return not todo and bool(OF_LOADING.intersection(error.kinds) or outside or _is_at_import(error))
