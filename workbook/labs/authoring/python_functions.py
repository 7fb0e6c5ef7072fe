"""The functions of a Python file, by its syntax tree. The docstring is the task."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from workbook.labs.authoring.parts import Part

Function = ast.FunctionDef | ast.AsyncFunctionDef


def parts_of(source: str) -> dict[str, Part]:
    """Every function with a body, by its name, and every method as ``Class.method``."""
    return {name: _part(node) for name, node in functions_of(ast.parse(source)).items()}


def functions_of(tree: ast.Module) -> dict[str, Function]:
    """Every function of a module by its name, and every method as ``Class.method``."""
    found: dict[str, Function] = {}
    for node in tree.body:
        if isinstance(node, Function):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found.update((f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, Function))
    return found


def without_leftovers(starter: str, source: str) -> str:
    """Drop private functions that only the answers called, because they are part of them."""
    return _without_orphans(starter, set(_functions_called(source)))


def taking_over(functions: Mapping[str, Function]) -> str:
    """Source that, after a module's own, replaces the functions of the same names with these."""
    text = [ast.unparse(node) for name, node in functions.items() if "." not in name]
    for number, (name, node) in enumerate(functions.items()):
        if "." in name:
            node.name = f"_taking_over_{number}"
            known = f"__import__('abc').update_abstractmethods({name.rpartition('.')[0]})"  # it may be what is missing
            text += [ast.unparse(node), f"{name} = {node.name}", known]
    return "\n".join(text)


def without_return(node: Function) -> Function | None:
    """The function as written by somebody who forgets to return; None if it returns nothing anyway, or yields."""
    own = [inner for inner in ast.walk(node) if isinstance(inner, ast.Return | ast.Yield | ast.YieldFrom)]
    gives = [inner for inner in own if isinstance(inner, ast.Return) and inner.value]
    if not gives or len(own) > len(gives) or any(_is_function(inner) for inner in ast.walk(node) if inner is not node):
        return None

    class Forgetting(ast.NodeTransformer):
        def visit_Return(self, inner: ast.Return) -> ast.Expr:
            return ast.copy_location(ast.Expr(inner.value), inner)

    return Forgetting().visit(node)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, Function | ast.Lambda)


def _part(node: Function) -> Part:
    text = ast.get_docstring(node) or ""
    first = node.body[0]
    answer = range(first.end_lineno if text else first.lineno - 1, node.end_lineno)
    stub = " " * first.col_offset + 'raise NotImplementedError("{}")'
    return Part(range(_first_line(node) - 1, node.end_lineno), answer, text, stub)


def _without_orphans(source: str, called_before: set[str]) -> str:
    """Drop private functions that the whole source called and that nothing calls any more, until none is left."""
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


def _functions_called(source: str) -> Iterator[str]:
    """Each name that is used outside its own definition."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.id


def _first_line(node: Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
