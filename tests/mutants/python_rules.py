"""Mutants of a Python function: one small slip each, as a tree of rules makes them from what is written.

A rule looks at one node of the syntax tree and yields texts that could stand in its place. Words that only people read,
in messages and docstrings, are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

COMPARISONS = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
}
OPERATORS = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "/",
    ast.Mod: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.Pow: "*",
}
# What stands beside it in a library's documentation, and is taken for it.
NEIGHBORS = {
    "description": "name",
    "width": "height",
    "height": "width",
    "min": "max",
    "max": "min",
    "mean": "max",
    "sum": "max",
    "argmax": "argmin",
    "low": "high",
    "float32": "float64",
    "uint8": "int64",
    "json": "text",
    "update": "setdefault",
    "items": "values",
    "get_json": "get_data",
    "LANCZOS": "NEAREST",
    "any": "all",
    "all": "any",
    "rglob": "glob",
    "replace": "copy",
    "name": "parent",
    "stem": "name",
}
NARROWER = {
    "Exception": "ValueError",
    "OSError": "FileNotFoundError",
    "ValueError": "UnicodeDecodeError",
    "RequestException": "ConnectionError",
    "HTTPException": "NotFound",
    "LookupError": "KeyError",
    "RpcError": "FutureTimeoutError",
}


def mutants_of(source: str, lines: range) -> Iterator[tuple[str, str]]:
    """The source with one slip each in ``lines``, counted from 0, after what the slip is; all can be compiled."""
    tree = ast.parse(source)
    slips = Slips(source, tree)
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) - 1 not in lines or slips.is_for_people(node):
            continue
        for text in slips.of(node):
            mutant = _with(source, node, text)
            if mutant != source and _compiles(mutant):
                yield f"{source.splitlines()[node.lineno - 1].strip()}: {slips.text(node)} -> {text}", mutant


class Slips:
    """The rules, one for each kind of node: ``of`` gives what could stand in a node's place."""

    def __init__(self, source: str, tree: ast.AST) -> None:
        self._source = source
        self._parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}

    def of(self, node: ast.AST) -> Iterator[str]:
        yield from getattr(self, f"_of_{type(node).__name__.lower()}", lambda _: ())(node)

    def is_for_people(self, node: ast.AST) -> bool:
        """Whether it is a docstring, an annotation, or the words of an exception."""
        while isinstance(node, ast.expr):
            parent = self._parents[node]
            fields = [getattr(parent, name, None) for name in ("annotation", "returns", "exc")]
            if node in fields or (isinstance(parent, ast.Expr) and isinstance(node, ast.Constant)):
                return True
            node = parent
        return False

    def text(self, node: ast.AST) -> str:
        return ast.get_source_segment(self._source, node)

    def _of_constant(self, node: ast.Constant) -> Iterator[str]:
        value = node.value
        if isinstance(value, bool):
            yield str(not value)
        elif isinstance(value, int | float):
            yield from (f"{value + 1}", f"{value - 1}", f"{value * 1000}")
        elif isinstance(value, str) and not isinstance(self._parents[node], ast.JoinedStr):
            yield repr(f"{value}x")

    def _of_compare(self, node: ast.Compare) -> Iterator[str]:
        if len(node.ops) == 1:
            for other in COMPARISONS[type(node.ops[0])]:
                yield f"{self.text(node.left)} {other} {self.text(node.comparators[0])}"

    def _of_boolop(self, node: ast.BoolOp) -> Iterator[str]:
        word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        parts = [f"({self.text(value)})" for value in node.values]
        yield f"({f' {other} '.join(parts)})"
        for at in range(len(parts)):
            yield f"({f' {word} '.join(parts[:at] + parts[at + 1 :])})"

    def _of_unaryop(self, node: ast.UnaryOp) -> Iterator[str]:
        yield self.text(node.operand)

    def _of_binop(self, node: ast.BinOp) -> Iterator[str]:
        yield self.text(node.left)
        if type(node.op) in OPERATORS:
            yield f"({self.text(node.left)}) {OPERATORS[type(node.op)]} ({self.text(node.right)})"

    def _of_ifexp(self, node: ast.IfExp) -> Iterator[str]:
        yield from (self.text(node.body), self.text(node.orelse))

    def _of_call(self, node: ast.Call) -> Iterator[str]:
        """The call without one of its arguments, with two swapped, or not made at all."""
        name = self.text(node.func)
        arguments = [self.text(argument) for argument in (*node.args, *node.keywords)]
        for at in range(len(arguments)):
            yield f"{name}({', '.join(arguments[:at] + arguments[at + 1 :])})"
        if len(node.args) > 1:
            yield f"{name}({', '.join([arguments[1], arguments[0], *arguments[2:]])})"
        if len(arguments) == len(node.args) == 1:
            yield arguments[0]
        if isinstance(node.func, ast.Attribute):
            yield self.text(node.func.value)

    def _of_attribute(self, node: ast.Attribute) -> Iterator[str]:
        value = self.text(node.value)
        if node.attr in NEIGHBORS:
            yield f"{value}.{NEIGHBORS[node.attr]}"
        if node.attr in NARROWER and self._is_caught(node):
            yield f"{value}.{NARROWER[node.attr]}"
        yield from self._own_maximum(node)

    def _of_name(self, node: ast.Name) -> Iterator[str]:
        if node.id in NARROWER and self._is_caught(node):
            yield NARROWER[node.id]
        yield from self._own_maximum(node)

    def _of_tuple(self, node: ast.Tuple) -> Iterator[str]:
        if isinstance(self._parents[node], ast.ExceptHandler):
            yield from map(self.text, node.elts)

    def _of_expr(self, _: ast.Expr) -> Iterator[str]:
        yield "pass"

    _of_raise = _of_augassign = _of_delete = _of_expr

    def _of_return(self, node: ast.Return) -> Iterator[str]:
        if node.value:
            yield "return None"

    def _of_subscript(self, node: ast.Subscript) -> Iterator[str]:
        yield self.text(node.value)

    def _of_dict(self, node: ast.Dict) -> Iterator[str]:
        if len(node.keys) > 1:
            pairs = [
                f"{self.text(key)}: {self.text(value)}" if key else f"**{self.text(value)}"
                for key, value in zip(node.keys, node.values, strict=True)
            ]
            yield from ("{" + ", ".join(pairs[:at] + pairs[at + 1 :]) + "}" for at in range(len(pairs)))

    def _is_caught(self, node: ast.AST) -> bool:
        return isinstance(self._parents[node], ast.ExceptHandler | ast.Tuple)

    def _own_maximum(self, node: ast.Name | ast.Attribute) -> Iterator[str]:
        """The data's maximum in place of a limit: what training divides by is no property of one batch."""
        if self.text(node) not in ("high", "spec.high") or not isinstance(node.ctx, ast.Load):
            return
        function = self._parents[node]
        while not isinstance(function, ast.FunctionDef | ast.Module):
            function = self._parents[function]
        if isinstance(function, ast.FunctionDef) and function.args.args:
            yield f"{function.args.args[0].arg}.max()"


def _with(source: str, node: ast.AST, text: str) -> str:
    """The source with ``text`` in the place of ``node``; positions in a syntax tree count bytes."""
    data = source.encode()
    lines = data.splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    return (data[:start] + text.encode() + data[end:]).decode()


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True
