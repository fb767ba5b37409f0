"""Finds, among the cells that were run, the statement that made a thing.

`inspect.getsource` does not know classes that were defined in a notebook. What is known is the file name that Python
gave to each cell, under which `linecache` has its text, and IPython's list of the cells in the order they were run.
"""

import ast
import functools
import inspect
import itertools
import linecache
import sys
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any, NamedTuple

FILL = ("add", "append", "extend", "setdefault", "update")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Statement(NamedTuple):
    """A statement of a cell: its node, its text, and the text of the whole cell."""

    node: ast.stmt
    text: str
    cell: str


@functools.cache
def parsed(source: str) -> ast.Module | None:
    """The syntax tree of a cell, in which `await` may stand outside of functions; None if it is no Python."""
    try:
        return compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested beyond what Python can read
        return None


def cells(space: dict[str, Any]) -> Iterator[str]:
    """Yield the texts that were run in a namespace, the last one first."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and shell.user_ns is space:
        yield from reversed(shell.history_manager.input_hist_parsed)
    if file := space.get("__file__"):
        yield "".join(linecache.getlines(file))


def functions_of(thing: type) -> dict[str, FunctionType]:
    """The functions that a class holds, those inside properties, class methods and wrappers too."""
    found = {}
    for name, member in vars(thing).items():
        member = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
        member = inspect.unwrap(member) if callable(member) else member
        if isinstance(member, FunctionType):
            found[name] = member
    return found


def codes_of(thing: Any) -> list[CodeType]:
    """The code of a function under its decorators, or of the methods that stand in the body of a class."""
    if isinstance(thing, type):
        inside = f"{thing.__qualname__}."
        return [f.__code__ for f in functions_of(thing).values() if f.__qualname__.startswith(inside)]
    thing = inspect.unwrap(thing) if callable(thing) else thing
    return [thing.__code__] if isinstance(thing, FunctionType) else []


def definition(thing: Any) -> Statement | None:
    """The `def` or `class` that made a function or class, found by the place that its code names."""
    for code in codes_of(thing):
        cell = "".join(linecache.getlines(code.co_filename))
        for node in statements(parsed(cell)):
            if not isinstance(node, DEFINITIONS):
                continue
            if isinstance(thing, type):
                found = node.name == thing.__name__ and node.lineno <= code.co_firstlineno <= end(node)
            else:
                found = node.name == code.co_name and first_line(node) == code.co_firstlineno
            if found:
                return Statement(node, text_of(node, cell), cell)
    return None


def binding(name: str, space: dict[str, Any]) -> Statement | None:
    """The last statement that bound a name: a definition, an import or an assignment. Loops are left out."""
    for cell in cells(space):
        for node in reversed(list(statements(parsed(cell)))):
            if name in bound(node):
                return Statement(node, text_of(node, cell), cell)
    return None


def attribute(owner: str, name: str, space: dict[str, Any]) -> Statement | None:
    """The last statement of the form `owner.name = …`."""
    for cell in cells(space):
        for node in reversed(list(statements(parsed(cell)))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(t, ast.Attribute) and ast.unparse(t) == f"{owner}.{name}" for t in targets):
                return Statement(node, text_of(node, cell), cell)
    return None


def changes(name: str, statement: Statement, space: dict[str, Any]) -> Iterator[Statement]:
    """The statements after the one that bound a name that put something into it, such as `table["exp"] = …`."""
    later = list(itertools.takewhile(lambda cell: cell != statement.cell, cells(space)))
    for cell in [statement.cell, *reversed(later)]:
        for node in statements(parsed(cell)):
            after = cell != statement.cell or node.lineno > statement.node.lineno
            if after and ast.unparse(filled(node) or ast.Constant(None)) == name:
                yield Statement(node, text_of(node, cell), cell)


def filled(node: ast.stmt) -> ast.expr | None:
    """What a statement puts something into: `table` in `table["exp"] = …`, `table |= …` and `table.update(…)`."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    if isinstance(target, ast.Subscript):
        return target.value
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        return node.value.func.value if node.value.func.attr in FILL else None
    return target if isinstance(node, ast.AugAssign) else None


def statements(tree: ast.AST | None) -> Iterator[ast.stmt]:
    """The statements of a cell that are run once: those of `if`, `try` and `with` too, not those of functions."""
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in (node, *getattr(node, "handlers", [])):
                yield from statements(part)
            for part in (getattr(node, "orelse", []), getattr(node, "finalbody", [])):
                yield from statements(ast.Module(part, []))
        else:
            yield node


def bound(node: ast.stmt) -> list[str]:
    """The names that a statement binds."""
    if isinstance(node, DEFINITIONS):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if type(node).__name__ == "TypeAlias":  # from Python 3.12 on
        return [node.name.id]  # type: ignore[attr-defined]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, its decorators included."""
    return min([node.lineno, *[decorator.lineno for decorator in getattr(node, "decorator_list", [])]])


def end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def text_of(node: ast.stmt, cell: str) -> str:
    """The text of a statement, with the comments directly above it."""
    if not isinstance(node, DEFINITIONS):
        return ast.get_source_segment(cell, node) or ""
    lines = cell.split("\n")  # as Python counts them: splitlines would end lines at other characters too
    first = first_line(node) - 1
    while first and lines[first - 1].strip().startswith("#"):
        first -= 1
    return textwrap.dedent("\n".join(lines[first : end(node)]))
