"""Which statements of a notebook an answer needs: its own cell, and of the cells above what this uses."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from course.mine import cells
from course.mine.collect import needs

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)  # their names stay inside
MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)  # lines that IPython understands, and Python does not
ANY = "*"


class Statement(NamedTuple):
    """A statement at the top of a cell: the cell's number, the node, the names that it binds or changes, and reads."""

    cell: int
    node: ast.stmt
    changes: set[str]
    reads: set[str]


def needed(sources: list[str], own: int | None, name: str, imports_only: int | None = None) -> list[Statement]:
    """Return what has to run, in order, so that `name` stands for what it does at the end of these code cells.

    The cell number `own`, the answer's, is taken whole, as it is in the notebook. Of the others each statement is taken
    that binds or changes a name which something that is taken reads. A cell that is no Python gives nothing; of the one
    numbered `imports_only` nothing but imports is taken.
    """
    found = [statement for number, source in enumerate(sources) for statement in statements(number, source)]
    found = [s for s in found if s.cell != imports_only or isinstance(s.node, ast.Import | ast.ImportFrom)]
    taken = {number for number, statement in enumerate(found) if statement.cell == own}
    wanted = {name, ANY}.union(*(found[number].reads for number in taken))
    while more := {n for n, s in enumerate(found) if n not in taken and s.changes & wanted}:
        taken |= more
        wanted = wanted.union(*(found[number].reads for number in more))
    return [found[number] for number in sorted(taken)]


def statements(number: int, source: str) -> Iterator[Statement]:
    """Yield the statements at the top of a cell."""
    source = readable(source)
    for node in getattr(cells.parsed(source), "body", []):
        text = ast.get_source_segment(source, node) or ""
        if isinstance(node, DEFINITIONS) and node.decorator_list:  # the segment begins below them
            text = "\n".join([*(f"@{ast.unparse(one)}" for one in node.decorator_list), text])
        yield Statement(number, node, set(changed(node)), set(needs(text)) if cells.parsed(text) else set())


def readable(source: str) -> str:
    """Return a cell's text as Python: lines for IPython become `pass`; the text itself where it is Python already."""
    return source if cells.parsed(source) else MAGIC.sub(r"\1pass", source)


def changed(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds, and those of what it changes: `table` in `table["exp"] = …`."""
    if isinstance(node, DEFINITIONS):
        yield node.name
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        yield from base(node.value.func)  # a method may change what it belongs to
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        yield from base(node)
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, INNER):
            yield from changed(child)


def base(node: ast.AST) -> Iterator[str]:
    """Yield the name that `name.part[0].part` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
