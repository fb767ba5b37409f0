"""Finds the entry of the derivative table behind an operation on tensors, for `show_source`.

`torch.tanh` is a function of one line, which calls the entry that holds the derivative; so its source alone would not
show what a reader asks for.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

TABLE, SURFACE = "autograd.tensor.table", ("autograd.tensor.api.", "autograd.tensor.nn.functional")


def parts(operation: Any) -> list[str]:
    """Return the source of an operation, of the functions it calls up to entries of the table, and of these.

    Empty for what is no operation on tensors.
    """
    if text := entry_source(operation):
        return text
    if not inspect.isfunction(operation) or not operation.__module__.startswith(SURFACE):
        return []
    found, waiting, seen = [], [operation], {id(operation)}
    while waiting:
        function = waiting.pop(0)
        called = [thing for thing in names_in(function) if id(thing) not in seen]
        seen.update(map(id, called))
        found.append(textwrap.dedent(inspect.getsource(function)).rstrip())
        entries = [text for thing in called for text in entry_source(thing)]
        found += entries
        if not entries:
            waiting += [x for x in called if inspect.isfunction(x) and x.__module__.startswith(SURFACE)]
    return list(dict.fromkeys(found))


def names_in(function: Callable[..., Any]) -> Iterator[Any]:
    """Yield what the names in a function stand for: `exp`, `table.exp`."""
    known = inspect.getclosurevars(inspect.unwrap(function)).globals
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]):
        if isinstance(node, ast.Name) and node.id in known:
            yield inspect.unwrap(known[node.id]) if callable(known[node.id]) else known[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = known.get(node.value.id)
            if isinstance(module, ModuleType) and hasattr(module, node.attr):
                yield inspect.unwrap(getattr(module, node.attr))


def entry_source(thing: Any) -> list[str]:
    """Return the source of an entry, and of the functions that it names in place of rules; empty if it is none."""
    if not callable(thing):
        return []
    for name, module in list(sys.modules.items()):
        if not name.startswith(f"{TABLE}."):
            continue
        names = [key for key, value in vars(module).items() if value is thing]
        if not names or (inspect.isfunction(thing) and thing.__module__ == name):
            continue
        text = inspect.getsource(module)
        for line in ast.parse(text).body:
            targets = [*getattr(line, "targets", []), getattr(line, "target", None)]
            if any(isinstance(target, ast.Name) and target.id in names for target in targets):
                return [segment(text, line), *rule_sources(line, module)]
    return []


def segment(text: str, line: ast.stmt) -> str:
    """Return the lines of a statement, whole."""
    return "\n".join(text.splitlines()[line.lineno - 1 : line.end_lineno])


def rule_sources(line: ast.stmt, module: ModuleType) -> list[str]:
    """Return the source of the functions that an entry names: rules too long for its line."""
    found = []
    for node in ast.walk(line):
        rule = getattr(module, node.id, None) if isinstance(node, ast.Name) else None
        if inspect.isfunction(rule) and rule.__module__ == module.__name__:
            found.append(inspect.getsource(rule).rstrip())
    return list(dict.fromkeys(found))
