"""Makes the folder of a new lab, as far as the reference says. The rest is marked, and a test refuses marks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import yaml
from jinja2 import Environment, PackageLoader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbook.errors import UserError
from workbook.labs.authoring.manifest import LABS, MANIFEST, NOTEBOOK, Lab, read_lab
from workbook.labs.authoring.python_functions import functions_of
from workbook.labs.authoring.sources import parts_of
from workbook.labs.authoring.starter import starter_files

FILL_IN = "FILL IN"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}


def new_lab(course: Path, name: str, functions: list[str]) -> Lab:
    """Make ``labs/<name>/`` with a task for each of ``functions``, ``"server/file.py:function"``.

    Raises ``UserError`` for a name that is not ``NN_topic`` or is taken, and for a function that is missing or has no
    docstring, which is the task; for a part of another kind of file, no comment.
    """
    folder = course / LABS / name
    if not re.fullmatch(r"[0-9]{2}_[a-z_]+", name):
        raise UserError(f"{name} is not the name of a lab: expected the notebook's number and a topic, as in 04_server")
    if folder.exists():
        raise UserError(f"{folder.relative_to(course).as_posix()} exists already")
    tasks = [_task(course, number, function) for number, function in enumerate(functions, start=1)]
    (folder / "wrong").mkdir(parents=True)
    environment = Environment(loader=PackageLoader(__package__, "."), keep_trailing_newline=True, autoescape=False)
    for file in (MANIFEST, "checks.py"):
        text = environment.get_template(f"new_{file}.j2").render(name=name, tasks=tasks, mark=FILL_IN)
        (folder / file).write_text(text, encoding="utf-8")
    nbformat.write(_notebook(name, tasks), folder / NOTEBOOK)
    lab = read_lab(folder)
    starter_files(lab)
    return lab


def _task(course: Path, number: int, function: str) -> dict:
    """What the templates need to know about one function, or one part of another kind of file."""
    path, _, name = function.partition(":")
    try:
        source = (course / path).read_text(encoding="utf-8")
        part = parts_of(path, source).get(name)
    except (OSError, SyntaxError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if part is None or not part.text:
        kind, told = ("function", "docstring") if path.endswith(".py") else ("part", "comment")
        raise UserError(f"{path} has no {kind} {name or '(write path:name)'} with a {told}: it is the task")
    return {
        "number": number,
        "function": function,
        "call": _call(path, name, source, number),
        "test": re.sub(r"\W+", "_", name.lower()).strip("_"),
        "package": path.partition("/")[0],
    }


def _call(path: str, name: str, source: str, number: int) -> str:
    """What a check asks of the student's process: a function's value, or what a file says."""
    if not path.endswith(".py"):
        reader = "yaml_file" if path.endswith(".yaml") else "dockerfile"
        return f'"config_files:{reader}", "{path}", {number}'
    arguments = ", None" * len(functions_of(ast.parse(source))[name].args.args)
    return f'"{path.removesuffix(".py").replace("/", ".")}:{name}"{arguments}'


def _notebook(name: str, tasks: list[dict]) -> nbformat.NotebookNode:
    number = name[:2]
    opening = (
        f"# Lab {number}: {FILL_IN}\n\n**What you will do.** {FILL_IN}\n\n**What you will learn.** {FILL_IN}\n\n"
        f"**What you need.** Notebook {number}.\n\n**How long it takes.** 45 to 90 minutes."
    )
    start = f'import workbook\n\nworkbook.start(tensorflow=False)\nlab = workbook.open_lab("{number}")'
    cells = [new_markdown_cell(opening, id="title"), new_code_cell(start, id="open")]
    for task in tasks:
        title = f"## Task {task['number']}: {FILL_IN}\n\n{FILL_IN}"
        cells.append(new_markdown_cell(title, id=f"task-{task['number']}"))
        cells.append(new_code_cell(f"report = lab.check(task={task['number']})", id=f"check-{task['number']}"))
    question = (
        f"## What went wrong, in words\n\n{FILL_IN}\n\n## A last question\n\n**Stop and think.** {FILL_IN}\n\n"
        f"<details><summary>Answer</summary>\n\n{FILL_IN}\n\n</details>"
    )
    whole = 'report = lab.check()\nif report.failures:\n    print("Come back to this cell when all checks pass.")'
    cells += [new_code_cell(whole, id="check-all"), new_markdown_cell(question, id="question")]
    return new_notebook(cells=cells, metadata=KERNEL)
