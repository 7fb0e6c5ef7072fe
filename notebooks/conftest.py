"""For plain ``pytest --nbval notebooks``: the same gates and tolerances as `workbook verify` has."""

from workbook.notebooks.gates import pytest_runtest_call

__all__ = ["pytest_runtest_call"]
