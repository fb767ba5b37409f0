"""The imports of a file that is put together from several: each name once, and those of one module on one line."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator

from course.mine.rename import looked_up

FUTURE = "from __future__ import annotations"


class Imports:
    """Statements that import one name each, with the name that they bind."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}

    def add(self, node: ast.Import | ast.ImportFrom) -> None:
        self.lines |= {line: name for name, line in one_by_one(node)}

    def bound(self) -> dict[str, str]:
        """The names, each with the statement that imports it."""
        return {name: line for line, name in self.lines.items()}

    def text(self, body: str) -> str:
        """The lines that a file with this body needs: the standard library first, whole modules before names."""
        words = set(re.findall(r"\w+", body))
        groups: dict[bool, set[str]] = {True: set(), False: set()}
        together: dict[str, set[str]] = {}
        for line, name in self.lines.items():
            if name not in words or line == FUTURE:
                continue
            module, _, what = line.removeprefix("from ").partition(" import ")
            if line.startswith("from "):
                together.setdefault(module, set()).add(what)
            else:
                groups[is_standard(line.split()[1])].add(line)
        for module, names in together.items():
            groups[is_standard(module)].add(f"from {module} import {', '.join(sorted(names))}")
        in_order = [sorted(groups[standard], key=lambda line: (line.startswith("from"), line)) for standard in groups]
        return "\n\n".join([FUTURE, *("\n".join(lines) for lines in in_order if lines)])


def one_by_one(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Yield each name that an import binds, with a statement that imports this name alone."""
    for alias in node.names:
        alone = (
            ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
        )
        yield alias.asname or alias.name.split(".")[0], ast.unparse(alone)


def is_standard(module: str) -> bool:
    return module.split(".")[0] in sys.stdlib_module_names


def without_stars(source: str) -> str:
    """The source with the names that it looks up in place of the star in `from math import *`."""
    lines, used = source.split("\n"), looked_up(source)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            module = importlib.import_module(node.module or "")
            public = getattr(module, "__all__", [name for name in dir(module) if not name.startswith("_")])
            names = ", ".join(name for name in public if name in used)
            here = slice(node.lineno - 1, node.end_lineno)
            lines[here] = [f"from {node.module} import {names}"] if names else []
    return "\n".join(lines)
