"""Collects the source of an answer with all that it needs from the notebook, so that it runs by itself.

Functions, classes and helpers are carried as text, imports as imports, plain data by its value. What cannot be carried
is listed with the reason.
"""

import ast
import builtins
import inspect
import linecache
import math
import re
import symtable
import sys
from collections.abc import Set
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from course.mine import cells
from course.mine.cells import Statement
from course.mine.rename import renamed
from course.mine.sources import by_bare_names, of_engine
from course.wording import is_readers

LONGEST = 2000  # characters of data that travels by value


@dataclass
class Carried:
    """An answer as text: `name` holds it there, `lost` says what is missing, `told` what the reader should know."""

    name: str
    source: str = ""
    lost: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def collect(answer: Any, name: str, given: set[str], siblings: Set[str] = frozenset()) -> Carried:
    """Return the source of an answer; `name` is what the exercise calls it, `given` what the engine will provide.

    A helper that stands in the answer's cell and is called as something that is given, such as a `max_pool` on arrays,
    is carried under another name; `siblings`, the answers to the chapter's exercises, are those of the engine there.
    """
    space = space_of(answer)
    known = [getattr(answer, "__name__", ""), name, *space]  # as the answer calls itself, or by any other name
    name = next((n for n in known if n.isidentifier() and space.get(n) is answer), name)
    helpers = helpers_beside(answer, name, space) & (given - siblings - {name})
    collector = Collector(space, given - helpers - {name}, Carried(name))
    collector.take(name, answer)
    imports = ["\n".join(sorted(set(collector.imports)))] if collector.imports else []
    source, carried = "\n\n\n".join(imports + collector.parts) + "\n", collector.carried
    others = {old: f"own_{old}" for old in sorted(helpers & collector.seen)}
    carried.source = renamed(source, others) if others else source
    carried.told += [f"The engine has a `{old}` too, so yours is carried as `{new}`" for old, new in others.items()]
    return carried


def helpers_beside(answer: Any, name: str, space: dict[str, Any]) -> set[str]:
    """The names of the reader's functions and classes in the cell that made an answer."""
    made = cells.definition(answer) or cells.binding(name, space)
    if made is None:
        return set()
    bound = {n for node in cells.statements(cells.parsed(made.cell)) for n in cells.bound(node)}
    places = {n: cells.definition(space[n]) for n in bound if isinstance(space.get(n), FunctionType | type)}
    # IPython's list and `linecache` may end a cell differently.
    return {n for n, at in places.items() if at and at.cell.strip() == made.cell.strip()}


def space_of(answer: Any) -> dict[str, Any]:
    """The namespace that an answer was written in: one that knows it, or that of its code."""
    things = [answer]
    if type(answer) is dict:
        things = [thing for row in answer.values() for thing in (row if type(row) in (tuple, list) else [row])]
    functions = [
        f for thing in things for f in (cells.functions_of(thing).values() if isinstance(thing, type) else [thing])
    ]
    functions = [inspect.unwrap(f) if callable(f) else f for f in functions]
    spaces = [vars(sys.modules["__main__"]), *(f.__globals__ for f in functions if isinstance(f, FunctionType))]
    return next((space for space in spaces if any(value is answer for value in space.values())), spaces[:2][-1])


class Collector:
    """Goes from an answer to what it needs, and on to what that needs; each is taken once, what is needed first."""

    def __init__(self, space: dict[str, Any], given: set[str], carried: Carried) -> None:
        self.space, self.given, self.carried = space, given, carried
        self.imports: list[str] = []
        self.parts: list[str] = []
        self.seen: set[str] = set()

    def take(self, name: str, thing: Any) -> None:
        """Carry what a name stands for, unless it was taken or is given."""
        if name in self.seen or name in self.given:
            return
        self.seen.add(name)
        if found := of_engine(thing):
            self.take_from_engine(name, *found)
        elif (text := import_of(name, thing, self.space)) is not None:
            self.imports.append(text)
        elif isinstance(thing, FunctionType | type) or callable(thing):
            self.take_callable(name, thing)
        else:
            self.take_data(name, thing)

    def take_from_engine(self, name: str, chapter: int, known: str) -> None:
        """Carry the name of a piece of the engine: it is given, or has to be asked for."""
        if known in self.given:
            self.parts.append(f"{name} = {known}")
        else:
            self.imports.append("from course import mine")
            self.parts.append(f"{name} = mine.chapter({chapter}).{known}")

    def take_callable(self, name: str, thing: Any) -> None:
        found = cells.definition(thing)
        if found and found.node.name == name:  # type: ignore[attr-defined]
            self.add(found)
        elif statement := cells.binding(name, self.space):
            self.add(statement)
        elif found:  # known under another name there
            self.add(found)
            self.parts.append(f"{name} = {found.node.name}")  # type: ignore[attr-defined]
        elif text := lambda_text(thing):
            self.need(text, name)
            self.parts.append(f"{name} = {text}")
        else:
            self.lose(name, "the cell that made it was not found (does it begin with %%?)")
            return
        if isinstance(thing, type):
            self.take_additions(name, thing, found)

    def take_additions(self, name: str, kind: type, found: Statement | None) -> None:
        """Carry methods that were put into a class after its definition, as in `MyValue.__neg__ = minus`."""
        body = [n for node in cells.statements(found.node) for n in cells.bound(node)] if found else []
        for method, function in cells.functions_of(kind).items():
            if function.__qualname__.startswith(f"{kind.__qualname__}."):
                continue
            if statement := cells.attribute(name, method, self.space):
                self.add(statement)
            elif method not in body and written(function):  # else a dataclass made it
                self.lose(f"{name}.{method}", "the cell that put it into the class was not found")

    def take_data(self, name: str, thing: Any) -> None:
        text = literal(thing)
        if text is not None:
            found = cells.binding(name, self.space)
            self.parts.append(found.text if found and gives(found.text, name, thing) else f"{name} = {text}")
            if isinstance(thing, list | dict | set):
                self.carried.told.append(f"`{name}` is carried as it is now")
        elif statement := cells.binding(name, self.space):
            self.add(statement)
            for change in cells.changes(name, statement, self.space):
                self.add(change)
        else:
            self.lose(name, "the cell that made it was not found")

    def add(self, statement: Statement) -> None:
        """Carry a statement, after all that it needs."""
        self.seen.update(cells.bound(statement.node))
        text = by_bare_names(statement.text, self.given, self.space) if self.given else statement.text
        self.need(text)
        if text not in self.parts:
            self.parts.append(text)

    def need(self, text: str, *but: str) -> None:
        for other in needs(text):
            known = self.space.get(other)
            if other not in but and other in self.space and known is not getattr(builtins, other, self):
                self.take(other, known)

    def lose(self, name: str, why: str) -> None:
        self.carried.lost.append(f"`{name}`: {why}")


def written(function: FunctionType) -> bool:
    """Whether the reader wrote a function, and no library."""
    file = function.__code__.co_filename
    if file == "<string>":  # made by `exec`, as dataclasses do; from 3.13 on `python -c` has this name too
        return False
    return is_readers(file) and bool(linecache.getlines(file))


def import_of(name: str, thing: Any, space: dict[str, Any]) -> str | None:
    """The import that gives a thing, or None if it was made in the notebook."""
    if isinstance(thing, ModuleType):
        return f"import {thing.__name__}" + (f" as {name}" if name != thing.__name__ else "")
    module, own = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
    if type(module) is str and type(own) is str and module not in ("__main__", space.get("__name__")):
        if getattr(sys.modules.get(module), own, None) is thing:
            return f"from {module} import {own}" + (f" as {name}" if name != own else "")
    if type(thing) is float:  # as pi
        found = cells.binding(name, space)
        if found and isinstance(found.node, ast.ImportFrom) and found.node.level == 0:
            alias = next(a for a in found.node.names if name == (a.asname or a.name))
            return f"from {found.node.module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
    return None


def needs(text: str) -> list[str]:
    """The names that a piece of source takes from outside, builtins too, in the order in which they stand in it."""
    found: set[str] = set()

    def walk(table: symtable.SymbolTable, top: bool) -> None:
        for symbol in table.get_symbols():
            if symbol.is_referenced() if top else symbol.is_global():
                found.add(symbol.get_name())
        for child in table.get_children():
            walk(child, False)

    walk(symtable.symtable(text, "answer", "exec"), True)
    places = {match[0]: match.start() for match in reversed([*re.finditer(r"\w+", text)])}  # where each comes first
    return sorted(found, key=lambda name: (places.get(name, 0), name))  # a private name of a class is not in it


def literal(thing: Any) -> str | None:
    """Plain data as source, or None: numbers, text, and lists, tuples, sets and dicts of them, if that is short."""
    if type(thing) is float and not math.isfinite(thing):
        return f'float("{thing}")'
    if not plain(thing):
        return None
    text = repr(thing)
    return text if len(text) <= LONGEST else None


def gives(text: str, name: str, thing: Any) -> bool:
    """Whether an assignment such as `LIMIT = 10**9`, which needs nothing else, gives exactly this."""
    space: dict[str, Any] = {"__builtins__": {}}
    if needs(text) == [] and type(thing) in (int, float, str, bool):
        exec(text, space)
    return type(space.get(name)) is type(thing) and space.get(name) == thing


def plain(thing: Any, depth: int = 4) -> bool:
    if type(thing) in (int, str, bytes, bool, complex, type(None)):
        return True
    if type(thing) is float:
        return math.isfinite(thing)
    if depth and type(thing) in (list, tuple, set, dict) and len(thing) <= LONGEST:
        if type(thing) is set and not thing:
            return False  # its repr, set(), is a call
        items = [*thing, *thing.values()] if type(thing) is dict else thing
        return all(plain(item, depth - 1) for item in items)
    return False


def lambda_text(thing: Any) -> str | None:
    """The text of a lambda that has no name, if it is the only one on its line."""
    for code in cells.codes_of(thing):
        if code.co_name == "<lambda>":
            cell = "".join(linecache.getlines(code.co_filename))
            tree = cells.parsed(cell)
            found = (
                [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and n.lineno == code.co_firstlineno]
                if tree
                else []
            )
            if len(found) == 1:
                return ast.get_source_segment(cell, found[0])
    return None
