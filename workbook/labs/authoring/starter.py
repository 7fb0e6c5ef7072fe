"""Starters, wrong answers and other right ones, each derived from the reference by replacing parts.

Lines are cut and inserted by position, so that comments, docstrings and layout outside the replaced parts stay as they
are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from workbook.labs.authoring import python_functions, sources
from workbook.labs.authoring.manifest import Lab, Task


def starter_files(lab: Lab) -> dict[str, str]:
    """What the student begins with: file name to source, for each reference of the lab."""
    return {name: starter_of(source, tasks) for name, source, tasks in _references(lab)}


def reference_files(lab: Lab) -> dict[str, str]:
    """The reference under the names of the student's files."""
    return {name: source for name, source, _ in _references(lab)}


def answer_files(lab: Lab, parts: str, suffix: str = ".py") -> dict[str, str]:
    """The reference with its parts replaced by those of the same name in the source ``parts``.

    ``suffix`` is that of the source; ``".service.yaml"`` is for ``service.yaml`` alone, if others have parts of the
    same names. Raises ``ValueError`` for a part that no task has.
    """
    replacements = sources.parts_of(f"answer{suffix}", parts)
    wanted = {task.function for task in lab.tasks if _is_for(suffix, PurePath(task.reference).name)}
    if unknown := set(_strangers(replacements, wanted)):
        raise ValueError(f"no task is named {', '.join(sorted(unknown))}")
    answer = reference_files(lab)
    for name, source, tasks in _references(lab):
        own = [task.function for task in tasks if task.function in replacements and _is_for(suffix, name)]
        lines, new = source.splitlines(), parts.splitlines()
        places = {function: sources.parts_of(name, source)[function].whole for function in own}
        for function in sorted(places, key=lambda function: -places[function].start):
            whole = replacements[function].whole
            lines[places[function].start : places[function].stop] = new[whole.start : whole.stop]
        answer[name] = "\n".join(lines) + "\n"
    return answer


def answer_of(lab: Lab, path: Path) -> dict[str, str]:
    """The answer at ``path``: a file with some parts, or a folder with whole files of the answer."""
    if path.is_dir():
        whole = {file.name: file.read_text(encoding="utf-8") for file in path.iterdir() if file.is_file()}
        return reference_files(lab) | whole
    return answer_files(lab, path.read_text(encoding="utf-8"), "".join(path.suffixes))


def _is_for(suffix: str, name: str) -> bool:
    return f".{name}".endswith(suffix)


def forgetful_answers(lab: Lab) -> Iterator[tuple[Task, dict[str, str]]]:
    """The reference without the ``return`` of one task, for each task that has one, because everybody forgets it
    once."""
    answer = reference_files(lab)
    for task in lab.tasks:
        name = PurePath(task.reference).name
        if name.endswith(".py"):
            node = python_functions.functions_of(ast.parse(answer[name]))[task.function]
            if forgetful := python_functions.without_return(node):
                behind = python_functions.taking_over({task.function: forgetful})
                yield task, {**answer, name: f"{answer[name]}\n\n{behind}\n"}


def starter_of(source: str, tasks: list[Task]) -> str:
    """``source``, a reference of ``tasks``, with each answer replaced by a line that names the task.

    The docstring or comment that says the task stays. Raises ``ValueError`` for a part that is missing or has neither.
    """
    file = tasks[0].reference
    parts = sources.parts_of(file, source)
    lines = source.splitlines()
    for task in tasks:
        if task.function not in parts or not parts[task.function].text:
            told = "docstring" if file.endswith(".py") else "comment"
            raise ValueError(f"{task.reference} has no {task.function} with a {told}")
    for task in sorted(tasks, key=lambda task: -parts[task.function].whole.start):
        part = parts[task.function]
        lines[part.answer.start : part.answer.stop] = [part.stub.format(f"Task {task.number}: {task.title}")]
    return sources.without_leftovers(file, "\n".join(lines) + "\n", source)


def _strangers(names: Iterable[str], wanted: set[str]) -> Iterator[str]:
    """The names that are neither wanted, nor around or inside what is; ``x-…`` in a YAML file is help for others."""
    for name in names:
        related = any(f"{name}.".startswith(f"{one}.") or f"{one}.".startswith(f"{name}.") for one in wanted)
        if not related and not name.startswith("x-"):
            yield name


def _references(lab: Lab) -> Iterator[tuple[str, str, list[Task]]]:
    for reference in lab.references:
        path = lab.course / reference
        tasks = [task for task in lab.tasks if task.reference == reference]
        yield path.name, path.read_text(encoding="utf-8"), tasks
