"""Starters, wrong answers and other right ones: each derived from the reference by its syntax tree.

Lines are cut and put in place by the tree's positions, so that comments, docstrings and layout outside of the
functions in question stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbook.labs.manifest import Lab, Task

Function = ast.FunctionDef | ast.AsyncFunctionDef


def starter_files(lab: Lab) -> dict[str, str]:
    """What the student begins with: file name to source, for each reference of the lab."""
    return {name: starter_of(source, tasks) for name, source, tasks in _references(lab)}


def reference_files(lab: Lab) -> dict[str, str]:
    """The reference under the names of the student's files."""
    return {name: source for name, source, _ in _references(lab)}


def answer_files(lab: Lab, functions: str) -> dict[str, str]:
    """The reference with the functions of the source ``functions`` in place of its own of the same name.

    Raises ``ValueError`` for a function that no task has.
    """
    replacements = functions_of(ast.parse(functions))
    unknown = set(replacements) - {task.function for task in lab.tasks}
    if unknown:
        raise ValueError(f"no task is named {', '.join(sorted(unknown))}")
    answer = {}
    for name, source, tasks in _references(lab):
        own = {task.function: replacements[task.function] for task in tasks if task.function in replacements}
        answer[name] = _replace(source, {function: _lines_of(functions, node) for function, node in own.items()})
    return answer


def starter_of(source: str, tasks: list[Task]) -> str:
    """``source`` with the body of each task's function replaced by ``raise NotImplementedError``.

    Signature and docstring stay: the docstring is the task. Private functions of the module that only the removed
    bodies called go, too, for they are part of the answer. Raises ``ValueError`` for a function that is not there
    or has no docstring.
    """
    functions = functions_of(ast.parse(source))
    lines = source.splitlines()
    for task in sorted(tasks, key=lambda task: -functions[task.function].lineno if task.function in functions else 0):
        if task.function not in functions or not ast.get_docstring(functions[task.function]):
            raise ValueError(f"{task.reference} has no function {task.function} with a docstring")
        docstring = functions[task.function].body[0]
        indent = " " * docstring.col_offset
        stub = f'{indent}raise NotImplementedError("Task {task.number}: {task.title}")'
        lines[docstring.end_lineno : functions[task.function].end_lineno] = [stub]
    return _without_orphans("\n".join(lines) + "\n", set(_functions_called(source)))


def functions_of(tree: ast.Module) -> dict[str, Function]:
    """Every function of a module by its name, and every method as ``Class.method``."""
    found: dict[str, Function] = {}
    for node in tree.body:
        if isinstance(node, Function):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found.update((f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, Function))
    return found


def _without_orphans(source: str, called_before: set[str]) -> str:
    """Drop private functions that the whole source called and that nothing calls any more, until all are gone."""
    called = set(_functions_called(source))
    for name, node in functions_of(ast.parse(source)).items():
        if name.startswith("_") and name in called_before and name not in called:
            lines = source.splitlines()
            end = node.end_lineno
            while end < len(lines) and not lines[end].strip():
                end += 1
            del lines[_first_line(node) - 1 : end]
            return _without_orphans("\n".join(lines).rstrip() + "\n", called_before)
    return source


def _references(lab: Lab) -> Iterator[tuple[str, str, list[Task]]]:
    for reference in lab.references:
        path = lab.course / reference
        tasks = [task for task in lab.tasks if task.reference == reference]
        yield path.name, path.read_text(encoding="utf-8"), tasks


def _functions_called(source: str) -> Iterator[str]:
    """Each name that is used other than by its own definition."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.id


def _replace(source: str, replacements: dict[str, list[str]]) -> str:
    functions = functions_of(ast.parse(source))
    lines = source.splitlines()
    for name in sorted(replacements, key=lambda name: -functions[name].lineno):
        node = functions[name]
        lines[_first_line(node) - 1 : node.end_lineno] = replacements[name]
    return "\n".join(lines) + "\n"


def _lines_of(source: str, node: Function) -> list[str]:
    return source.splitlines()[_first_line(node) - 1 : node.end_lineno]


def _first_line(node: Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
