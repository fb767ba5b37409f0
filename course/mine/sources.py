"""Makes a piece of source independent of the course: what the engine gives is called by its bare name."""

import ast
import re
from typing import Any

from course.mine import cells
from course.mine.parts import PARTS

OURS = ("autograd", "course")


def modules(source: str) -> set[str]:
    """The modules that a source imports, wherever the import stands, by their first names."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else (node.module or "").split(".")[0])
    return found


def of_engine(thing: Any) -> tuple[int, str] | None:
    """The chapter and the name in its engine of a function or class that came from `mine.chapter(…)`, or None."""
    module = getattr(thing, "__module__", None)
    if type(module) is not str:
        return None
    if found := re.fullmatch(r"course\.mine\.chapter_(\d\d)", module):
        return int(found[1]), thing.__name__
    if found := re.fullmatch(r"my_answer_(\d\d)_(\d+)", module):
        part = PARTS.get(f"{found[1]}.{found[2]}")
        return (part.chapter, part.name) if part else None
    return None


def is_engine(thing: Any) -> bool:
    """Whether something is what `mine.chapter(…)` returns."""
    return type(thing).__module__ == "course.mine.assemble" and type(thing).__name__ == "Engine"


def by_bare_names(text: str, given: set[str], space: dict[str, Any]) -> str:
    """The source with `sweep` in place of `engine.sweep` and `mine.chapter(3).sweep`, for all names that are given.

    Imports inside functions of names that are given are left out: the engine's `Value` takes the package's place.
    """
    lines = [line.encode() + b"\n" for line in text.split("\n")]
    for node in sorted(ast.walk(ast.parse(text)), key=place, reverse=True):
        if isinstance(node, ast.Attribute) and node.attr in given and node.lineno == node.end_lineno:
            if ast.unparse(node.value) == "mine.chapter" or not names_an_engine(node.value, space):
                continue
            line = lines[node.lineno - 1]
            lines[node.lineno - 1] = line[: node.col_offset] + node.attr.encode() + line[node.end_col_offset :]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            names = {alias.asname or alias.name for alias in node.names}
            of_node = slice(node.lineno - 1, node.end_lineno)
            if names <= given and ast.get_source_segment(text, node) == b"".join(lines[of_node]).decode().strip():
                lines[of_node] = [b""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    shorter = b"".join(lines).decode().removesuffix("\n")
    return shorter if cells.parsed(shorter) else text


def names_an_engine(node: ast.expr, space: dict[str, Any]) -> bool:
    """Whether an expression is the name of an engine, or a call of `mine.chapter`."""
    if isinstance(node, ast.Name):
        return is_engine(space.get(node.id))
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("mine.chapter", "course.mine.chapter")


def place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
