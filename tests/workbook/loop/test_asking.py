"""The command line of the loop where a folder or an id is odd: a line that says so, and no traceback."""

from __future__ import annotations

import pytest

from tests.workbook.loop.test_prediction_log import logged, of_front, of_server
from workbook.errors import UserError
from workbook.loop.commands import _some_request, why


def test_an_empty_id_is_an_id_that_nobody_has(tmp_path):
    """A script whose variable is empty asks like this."""
    logged(tmp_path, server=[of_server("one", 1)])
    with pytest.raises(UserError, match="no request '' in"):
        why("", home=tmp_path)


@pytest.mark.parametrize("asked", [{"request": "one", "everything": True}, {"batch": "9f2c", "as_json": True}])
def test_an_option_that_would_do_nothing_is_refused(tmp_path, asked):
    with pytest.raises(UserError, match="--all works only with --batch, and --json only with the id"):
        why(**asked, home=tmp_path)


def test_after_a_loop_a_request_is_named_that_can_be_explained(tmp_path):
    logged(
        tmp_path, front=[of_front("alone", 1), of_front("whole", 1), of_front("zz", 1)], server=[of_server("whole", 1)]
    )
    assert _some_request(tmp_path) == "whole"


@pytest.mark.parametrize("lines", [None, []], ids=["no log", "an empty log"])
def test_after_a_loop_whose_logs_are_gone_none_is_named(tmp_path, lines):
    if lines is not None:
        logged(tmp_path, server=lines)
    assert _some_request(tmp_path) == ""
