"""The student's guide: its commands do what it says, and each error in its table is provoked, word for word."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from collections.abc import Callable

import pytest

from tests.conftest import ROOT
from tests.guides import test_readme as readme
from tests.guides.typed import Clone, commands_in
from tests.workbook.notebooks.notebook_files import write_notebook

GUIDE = (ROOT / "docs" / "student.md").read_text()
TOOL = ".venv/bin/workbook"


def prints(pattern: str, expected: int = 0) -> Callable[[Clone, str], None]:
    def run(clone: Clone, command: str) -> None:
        assert re.search(pattern, clone.type(command, expected))

    return run


def data_from_a_friend(clone: Clone, command: str) -> None:
    friend = clone.folder / "from-a-friend"
    shutil.copytree(clone.data, friend)
    printed = clone.type(command, KERAS_HOME=str(clone.folder / "empty"))
    assert "complete and verified" in printed
    assert str(clone.folder / "empty") in printed


def restore_a_notebook(clone: Clone, command: str) -> None:
    clone.type("git init --quiet && git add notebooks && git -c user.name=a -c user.email=a commit --quiet -m 1")
    path = clone.folder / "notebooks" / "02_train.ipynb"
    before = path.read_bytes()
    path.write_text("{}")
    clone.type(command)
    assert path.read_bytes() == before


# In the order of the page: a lab must be started before it can be checked.
COMMANDS = {
    f"{TOOL} doctor": prints("4 of 4 files verified"),
    f"{TOOL} start 04": prints(r"Task 1: .* to_model_input in preprocessing\.py"),
    f"{TOOL} check 04": prints("together .* 0/24", expected=1),
    f"{TOOL} check 04 --task 1": prints("together .* 0/3", expected=1),
    f"{TOOL} hint 04 1": prints("2 more, if you ask again"),
    f"{TOOL} diff 04": prints("Where they differ"),
    f'{TOOL} submit 04 --name "Ada Lovelace"': prints(r"Hand in work/labs/submissions/04-ada-lovelace-\S+\.zip"),
    f"{TOOL} status": prints(r"04 .* 0/24 +│ 1 +│ 2"),
    "git checkout -- notebooks/02_train.ipynb": restore_a_notebook,
    f"{TOOL} check 04 --task 1 --full": prints("together .* 0/3", expected=1),
    f"{TOOL} reset 04 --force": prints("What you had is in work/labs/kept/"),
    f"{TOOL} data": prints("complete and verified"),
    f"FASHION_MNIST_DIR=from-a-friend {TOOL} data": data_from_a_friend,
}


# Every notebook is verified there.
ELSEWHERE = {f"{TOOL} verify 01": ("tests/notebooks/test_verified.py", 'workbook("verify", *numbers)')}


def test_no_command_of_the_guide_is_left_out():
    left = [command for command in commands_in(GUIDE) if command not in COMMANDS]
    assert set(left) <= {*readme.HERE, *ELSEWHERE}
    assert [command for command in commands_in(GUIDE) if command in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("command", ELSEWHERE)
def test_another_test_runs_it(command):
    file, words = ELSEWHERE[command]
    assert words in (ROOT / file).read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_it_does_what_the_guide_says(clone, command):
    COMMANDS[command](clone, command)


def test_what_a_student_makes_is_where_the_guide_says(clone):
    """After all of its commands."""
    for name in re.findall(r"^\| `(work/(?:labs/|progress)[^` ]*)`", GUIDE, re.MULTILINE):
        assert (clone.folder / name).exists(), name


def answer(clone: Clone, source: str | None) -> None:
    """Begin lab 04 anew, with this text in one of its files."""
    clone.type(f"{TOOL} reset 04 --force")
    if source is not None:
        (clone.folder / "work" / "labs" / "04_server" / "preprocessing.py").write_text(source)


def checked(clone: Clone, source: str | None) -> str:
    answer(clone, source)
    return clone.type(f"{TOOL} check 04 --task 1 --full", expected=1)


def on_a_taken_port(clone: Clone, command: str, expected: int) -> str:
    with socket.create_server(("127.0.0.1", 0)) as other:
        return clone.type(f"{command} --port {other.getsockname()[1]}", expected)


def in_a_notebook(clone: Clone, *cells: str) -> str:
    write_notebook(clone.folder / "notebooks" / "99_new.ipynb", *cells)
    try:
        return clone.type(f"{TOOL} run 99", expected=1)
    finally:
        (clone.folder / "notebooks" / "99_new.ipynb").unlink()


def scaled_floats(clone: Clone) -> str:
    with clone.typed(f"{TOOL} serve --port 0", r"at (http://127\.0\.0\.1:\d+)") as address:
        readme.answer_of(f"{address}/readyz")
        code = "from server.clients.client import Client; import numpy as np\n"
        code += f"try: Client({address!r}).classify(np.full((28, 28), 0.5))\nexcept Exception as error: print(error)"
        return clone.type(f'{sys.executable} -c "{code}"')


NO_NETWORK = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
NOBODY = "from server.clients.client import Client; Client('http://127.0.0.1:9').info()"

# What is in the table, and a way to get it.
PROVOKED = {
    "workbook: command not found": lambda c: c.type("bash -c 'workbook doctor'", 127, PATH="/usr/bin:/bin"),
    "No module named 'workbook'": lambda c: c.type(f"{sys.executable} -I -S -c 'import workbook'", 1),
    "… is not inside the course: go to": lambda c: c.type(f"cd / && {sys.executable} -m workbook doctor", 2),
    "NameError: name 'np'": lambda c: in_a_notebook(c, "np.zeros(3)"),
    "NotImplementedError: Task …": lambda c: c.type(f"{TOOL} diff 04"),
    "· to do": lambda c: checked(c, None),
    "preprocessing.py cannot be imported: SyntaxError: …": lambda c: checked(c, "def to_model_input(:\n"),
    "no answer within … s": lambda c: checked(c, "while True:\n    pass\n"),
    "work/labs/04_server exists already": lambda c: c.type(f"{TOOL} start 04", 2),
    "this takes away what you wrote": lambda c: c.type(f"{TOOL} reset 04", 2),
    "lab 05 is not started yet": lambda c: c.type(f"{TOOL} check 05", 2),
    "no lab 03; there are …": lambda c: c.type(f"{TOOL} start 03", 2),
    "port … cannot be had": lambda c: on_a_taken_port(c, f"{TOOL} serve", 2),
    "ERROR: the Jupyter server": lambda c: on_a_taken_port(c, f"{TOOL} lab --no-browser", 1),
    "Fashion-MNIST cannot be had": lambda c: c.type(
        f"{sys.executable} -m workbook data", 2, KERAS_HOME=str(c.folder / "none"), PATH="", **NO_NETWORK
    ),
    "no answer from …": lambda c: c.type(f'{sys.executable} -c "{NOBODY}"', 1),
    "the pixels are floating-point": scaled_floats,
    "no notebook of this run has a parameter": lambda c: c.type(f"{TOOL} run 02 -p EPOCH=3", 2),
    "Kernel died": lambda c: in_a_notebook(c, "import os; os._exit(1)"),
}
ERRORS = re.findall(r"^\| `([^`]+)` \|", GUIDE.partition("## Frequent errors")[2], re.MULTILINE)


def test_no_error_of_the_table_is_left_out():
    assert [sum(error.startswith(known) for known in PROVOKED) for error in ERRORS] == [1] * len(PROVOKED)


@pytest.mark.parametrize("known", PROVOKED)
def test_the_error_is_printed_word_for_word(clone, known):
    (message,) = [error for error in ERRORS if error.startswith(known)]
    printed = " ".join(PROVOKED[known](clone).split())
    pattern = ".*?".join(re.escape(part.strip()) for part in message.split("…"))
    assert re.search(pattern, printed), printed
