"""Puts the source of answers into the source of the course's own engine: one readable file."""

import ast
import re
import textwrap
from dataclasses import dataclass, field

from course.mine import cells
from course.mine.answers import Stored
from course.mine.load import Refused, given
from course.mine.own import SOURCE
from course.mine.parts import PARTS, Part
from course.mine.rename import renamed

MARK = re.compile(r"# Exercise (\d\d\.\d+)")
WRITTEN, STANDS_IN, COURSE = "# Exercise {id}: my own code", "# Exercise {id}: the course's code", "# The course's code"
SHARED = (ast.FunctionDef, ast.ClassDef)  # helpers that two answers have in common are written once


@dataclass
class Pieces:
    """An answer, cut up: what stands before its own definition, that definition, and what stands behind it."""

    before: list[str] = field(default_factory=list)
    own: cells.Statement | None = None
    behind: list[str] = field(default_factory=list)


class Merger:
    """Takes answers one after the other; `text` is the file with all that were taken."""

    def __init__(self) -> None:
        self.template = SOURCE.read_text(encoding="utf-8")
        tree = ast.parse(self.template)
        self.imports = [ast.unparse(n) for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        self.taken = {
            name: "" for node in tree.body for name in cells.bound(node)
        }  # names, with the text they stand for
        self.taken |= {name: text for text in self.imports for name in cells.bound(ast.parse(text).body[0])}
        self.pieces: dict[str, Pieces] = {}
        self.marked: dict[str, set[str]] = {}  # the names that make way for the answer to an exercise
        for node in tree.body:
            if mark := MARK.search(self.above(node)):
                self.marked.setdefault(mark[1], set()).update(cells.bound(node))

    def take(self, stored: Stored) -> None:
        """Cut an answer up, with names that are not in use yet; raises Refused where that cannot be done."""
        part = PARTS[stored.exercise]
        source = renamed(stored.source, self.new_names(stored, part))
        found, known = Pieces(), set(given(part).values()) - {part.name}
        for node in ast.parse(source).body:
            text, bound = cells.text_of(node, source), cells.bound(node)
            if bound and known.issuperset(bound):
                continue  # the engine's are given, as they are when the answer runs
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    line = ast.unparse(with_names(node, [alias]))
                    if line not in self.imports:
                        self.imports.append(line)
            elif part.name in bound:
                found.own = cells.Statement(node, text, source)
            elif found.own:
                found.behind.append(text)
            elif not (bound and all(self.taken.get(name) == text for name in bound)):
                found.before.append(text)
            self.taken |= {name: text for name in bound if name != part.name}
        if found.own is None:
            raise Refused(f"it does not define {stored.name} by itself")
        if part.methods and (not isinstance(found.own.node, ast.ClassDef) or found.own.node.bases):
            raise Refused("its class is not written out in one place")
        self.pieces[stored.exercise] = found

    def new_names(self, stored: Stored, part: Part) -> dict[str, str]:
        """What the names of an answer become: the engine's, and others for helpers whose names are in use."""
        new = given(part) | {stored.name: part.name}
        for node in ast.parse(stored.source).body:
            for name in cells.bound(node):
                if name in new or name not in self.taken or name in self.marked.get(stored.exercise, ()):
                    continue
                if isinstance(node, ast.Import | ast.ImportFrom):
                    text = ast.unparse(with_names(node, [a for a in node.names if name == (a.asname or a.name)]))
                    same = text == self.taken[name]
                else:
                    text = renamed(cells.text_of(node, stored.source), new)
                    same = isinstance(node, SHARED) and text == self.taken[name]
                if not same:
                    new[name] = f"{name}_{stored.exercise.replace('.', '_')}"
        return new

    def text(self, title: str) -> str:
        """The file: the course's own engine, with each part that an answer gives in its place."""
        tree = ast.parse(self.template)
        body = [node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
        sections = [f'"""{title}"""\n\nfrom __future__ import annotations\n\n' + "\n".join(in_order(self.imports))]
        for node in body:
            text = cells.text_of(node, self.template)
            if isinstance(node, ast.ClassDef) and node.name == "Value":
                sections += self.value_class(text)
                continue
            if not isinstance(node, cells.DEFINITIONS):
                text = f"{self.above(node)}\n{text}"
            mark = MARK.search(self.above(node))
            if mark is None:
                sections.append(f"{COURSE}\n{text}")
            elif mark[1] not in self.pieces:
                sections.append(f"{STANDS_IN.format(id=mark[1])}\n{without_marks(text)}")
            elif PARTS[mark[1]].name in cells.bound(node):
                sections += self.written(mark[1], node)
        return "\n\n\n".join(section.strip("\n") for section in sections) + "\n"

    def above(self, node: ast.stmt) -> str:
        """The comments directly above a statement of the template."""
        lines = self.template.splitlines()[: cells.first_line(node) - 1]
        count = next((i for i, line in enumerate(reversed(lines)) if not line.startswith("#")), len(lines))
        return "\n".join(lines[len(lines) - count :])

    def written(self, id: str, node: ast.stmt) -> list[str]:
        """A part that the reader wrote, with its helpers."""
        found = self.pieces[id]
        assert found.own is not None
        written = [*found.before, documented(found.own, node), *found.behind]
        return [f"{WRITTEN.format(id=id)}\n{written[0]}", *written[1:]]

    def value_class(self, text: str) -> list[str]:
        """The class Value with the reader's methods in it, helpers before and additions behind."""
        part = next(part for part in PARTS.values() if part.methods)
        head, course, rest = re.split(r"\n    # Exercise [\d.]+\n|\n    # The course's\n", text)
        found, head = self.pieces.get(part.exercise), f"{COURSE}, but for the methods that are marked\n{head}"
        if found is None:
            return [f"{head}\n    {STANDS_IN.format(id=part.exercise)}\n{course}\n    {COURSE}\n{rest}"]
        assert found.own is not None and isinstance(found.own.node, ast.ClassDef)
        mark, known = WRITTEN.format(id=part.exercise), set(re.findall(r"def (\w+)", head + rest))
        methods = []
        for node in found.own.node.body:
            bound = cells.bound(node)
            if any(name in part.methods or not (name.startswith("__") or name in known) for name in bound):
                method = cells.text_of(node, found.own.cell)
                if not isinstance(node, cells.DEFINITIONS):
                    method = textwrap.dedent(" " * node.col_offset + method)
                methods.append(textwrap.indent(method, "    "))
        helpers = [f"{mark}\n{found.before[0]}", *found.before[1:]] if found.before else []
        joined = "\n\n".join(methods)
        return [*helpers, f"{head}\n    {mark}\n{joined}\n\n    {COURSE}\n{rest}", *found.behind]


def with_names(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> ast.stmt:
    """The same import, of these names only."""
    return ast.Import(names) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, names, node.level)


def in_order(imports: list[str]) -> list[str]:
    """Imports as they are usually written: whole modules first, each once."""
    return sorted({*imports} - {"from __future__ import annotations"}, key=lambda line: (line.startswith("from"), line))


def without_marks(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not MARK.match(line))


def documented(own: cells.Statement, course: ast.stmt) -> str:
    """A definition of the reader's; where it has no docstring it gets the one of the course's."""
    node = own.node
    if not isinstance(node, cells.DEFINITIONS) or not isinstance(course, cells.DEFINITIONS):
        return own.text
    doc, lines, first = ast.get_docstring(course), own.text.split("\n"), node.body[0]
    same = isinstance(node, ast.ClassDef) or arguments(node) == arguments(course)
    if doc is None or not same or ast.get_docstring(node) is not None or first.lineno == node.lineno:
        return own.text
    at = len(lines) - (cells.end(node) - cells.first_line(first)) - 1
    while at and lines[at - 1].strip().startswith("#"):
        at -= 1
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    doc = doc.split("\n\n")[0].replace("\n", f"\n{indent}")  # what it does, and not how the course's own does it
    doc += f"\n{indent}" if "\n" in doc else ""
    blank = [""] if isinstance(node, ast.ClassDef) else []
    return "\n".join([*lines[:at], f'{indent}"""{doc}"""', *blank, *lines[at:]])


def arguments(node: ast.AST) -> list[str]:
    return [inner.arg for inner in ast.walk(getattr(node, "args", ast.Module([], []))) if isinstance(inner, ast.arg)]
