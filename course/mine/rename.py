"""Gives global names of a piece of source other names, and leaves everything else as it is, comments and layout too."""

import __future__

import ast
import dis
import re
from collections.abc import Iterator
from types import CodeType

GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "STORE_NAME", "STORE_GLOBAL", "DELETE_NAME"}


def renamed(source: str, names: dict[str, str]) -> str:
    """Return the source with its global names changed as `names` says.

    Whether a name is global at some place is asked of Python: its compiler notes where it looks up what. So a
    parameter or a local name that is called the same stays.
    """
    names = {old: new for old, new in names.items() if old != new}
    if not names:
        return source
    tree = ast.parse(source)
    looked_up = set(places(compile(source, "answer", "exec", dont_inherit=True), names))
    edits = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names and (node.lineno, node.col_offset) in looked_up:
            edits.add((node.lineno, node.col_offset, node.id))
        elif isinstance(node, ast.AnnAssign):  # what stands there in a function is never looked up
            inside = [n for n in ast.walk(node.annotation) if isinstance(n, ast.Name) and n.id in names]
            edits |= {(n.lineno, n.col_offset, n.id) for n in inside}
        elif isinstance(node, ast.Global):
            edits |= {(node.lineno, at, name) for name, at in words(source, node, node.names) if name in names}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name in names:
            edits |= {(node.lineno, at, name) for name, at in words(source, node, [node.name])}
    lines = [line.encode() for line in source.split("\n")]
    for line, at, name in sorted(edits, reverse=True):
        text = lines[line - 1]
        lines[line - 1] = text[:at] + names[name].encode() + text[at + len(name.encode()) :]
    return b"\n".join(lines).decode()


def places(code: CodeType, names: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Yield line and column of each place where a program looks up, or binds, one of the global names."""
    steps = list(dis.get_instructions(code))
    inside_class = code.co_name != "<module>" and not code.co_flags & 2  # CO_NEWLOCALS: no function
    own = {step.argval for step in steps if inside_class and step.opname == "STORE_NAME"}
    for step in steps:
        if step.opname in GLOBAL and step.argval in names and step.argval not in own and step.positions:
            yield step.positions.lineno or 0, step.positions.col_offset or 0
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from places(constant, names)


def looked_up(source: str) -> set[str]:
    """Return the global names that a piece of source looks up or binds when it runs; annotations do not count."""
    waiting = [compile(source, "answer", "exec", __future__.annotations.compiler_flag, dont_inherit=True)]
    found = set()
    while waiting:
        code = waiting.pop()
        found |= {step.argval for step in dis.get_instructions(code) if step.opname in GLOBAL}
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


def words(source: str, node: ast.stmt, wanted: list[str]) -> Iterator[tuple[str, int]]:
    """Yield the first place of each word on the first line of a statement, as a column in bytes."""
    line = source.split("\n")[node.lineno - 1]
    for word in wanted:
        found = re.search(rf"(?<=[\s,]){re.escape(word)}\b", line[len(line.encode()[: node.col_offset].decode()) :])
        if found:
            before = line[: len(line.encode()[: node.col_offset].decode()) + found.start()]
            yield word, len(before.encode())
