"""Puts the source of answers into the sources of the course's own engine: one readable file."""

import ast
import builtins
import itertools
import re
import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from course.mine import cells
from course.mine.answers import Stored
from course.mine.imports import one_by_one, without_stars
from course.mine.load import Loaded, Refused, given
from course.mine.parts import CARRIED_ON, LAST_SCALAR, PARTS, Part, names
from course.mine.rename import looked_up, renamed
from course.mine.sources import OURS, modules
from course.mine.template import ON_ARRAYS, Block, Template

WRITTEN, STANDS_IN, COURSE = "# Exercise {id}: my own code", "# Exercise {id}: the course's code", "# The course's code"
SHARED = (ast.FunctionDef, ast.ClassDef)  # helpers that two answers have in common are written once


@dataclass
class Pieces:
    """An answer, cut up: what stands before its own definition, that definition, and what stands behind it.

    Of a table, `keys` are the entries that it has.
    """

    keys: frozenset[str]
    before: list[str] = field(default_factory=list)
    own: cells.Statement | None = None
    behind: list[str] = field(default_factory=list)


class Merger:
    """Merges answers into the engine that stands in `sources`, in their order, and is made of the parts `ids`.

    `text` is the file, and `unneeded` are the parts that serve other parts alone, where none of these uses them: they
    are not in it. Raises Refused for an answer that cannot be cut up.
    """

    def __init__(self, sources: Sequence[Path], ids: Collection[str], answers: Iterable[Loaded]) -> None:
        answers, last = list(answers), max(PARTS[id].chapter for id in ids)
        self.template, self.arrays = Template(sources, ids), last > LAST_SCALAR
        self.pieces = {
            one.stored.exercise: Pieces(frozenset(one.thing if isinstance(one.thing, dict) else ())) for one in answers
        }
        keys = {id: found.keys for id, found in self.pieces.items()}
        self.template.make_way(keys, names(last))
        serving = [id for id in CARRIED_ON if id in ids and self.arrays]
        self.unneeded = {id for id in serving if not self.needed(id, answers, keys)}
        answers = [one for one in answers if one.stored.exercise not in self.unneeded]
        self.template.blocks = [block for block in self.template.blocks if block.exercise not in self.unneeded]
        self.marked: dict[str, set[str]] = {}  # the names that make way for the answer to an exercise
        for block in self.template.blocks:
            self.marked.setdefault(block.exercise, set()).update(block.names)
        # Names in use, with the text they stand for. Those of Python's functions are: others need what they mean there.
        self.taken = dict.fromkeys(dir(builtins), "") | self.template.imports.bound()
        self.taken |= dict.fromkeys(self.template.names(), "")
        for one in answers:
            self.take(replace(one.stored, source=without_stars(one.stored.source)))

    def needed(self, id: str, answers: Iterable[Loaded], keys: dict[str, Collection[str]]) -> bool:
        """Whether another answer, or what stays of the course's own, uses a part."""
        name, others = PARTS[id].name, [one.stored for one in answers if one.stored.exercise != id]
        return self.template.needs(name, keys) or any(name in looked_up(one.source) for one in others)

    def take(self, stored: Stored) -> None:
        """Cut an answer up, with names that are not in use yet; raises Refused where that cannot be done."""
        part = PARTS[stored.exercise]
        if foreign := sorted(modules(stored.source) & set(OURS)):
            raise Refused(f"it imports {' and '.join(foreign)}, which is not where the file goes")
        new = self.new_names(stored, part)
        source = renamed(stored.source, new)
        found, known = self.pieces[stored.exercise], set(given(part).values()) - {part.name}
        for node in ast.parse(source).body:
            text, bound = cells.text_of(node, source), cells.bound(node)
            if bound and known.issuperset(bound):
                continue  # the engine's are given, as they are when the answer runs
            if isinstance(node, ast.Import | ast.ImportFrom):
                node = named_anew(node, new)
                self.template.imports.add(node)
                self.taken |= dict(one_by_one(node))
                continue
            if part.name in bound:
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
        if self.arrays and part.chapter <= LAST_SCALAR:
            self.taken |= dict.fromkeys(self.template.borrow(source), "")

    def new_names(self, stored: Stored, part: Part) -> dict[str, str]:
        """What the names of an answer become: the engine's, and others for helpers whose names are in use."""
        new = given(part) | {stored.name: part.name}
        if self.arrays and part.chapter <= LAST_SCALAR:
            new |= ON_ARRAYS
        for node in ast.parse(stored.source).body:
            imports = dict(one_by_one(node)) if isinstance(node, ast.Import | ast.ImportFrom) else {}
            for name in cells.bound(node):
                if name in new or name not in self.taken or name in self.marked.get(stored.exercise, ()):
                    continue
                text = imports.get(name) or renamed(cells.text_of(node, stored.source), new)
                if imports and {text.split()[1].split(".")[0], self.taken[name].split(".")[0]} == {
                    name,
                    f"import {name}",
                }:
                    continue  # a module and one inside it
                if not (isinstance(node, SHARED) or imports) or text != self.taken[name]:
                    new[name] = f"{name}_{stored.exercise.replace('.', '_')}"
        return new

    def text(self, title: str) -> str:
        """The file: the course's own engine, with each part that an answer gives in its place.

        The course's blocks that follow one another have one mark, above the first, which a heading ends.
        """
        sections, heading, of_the_course = [], "", False
        for block in self.template.blocks:
            if block.section != heading:
                heading, of_the_course = block.section, False
                sections.append(f"# ==== {heading}")
            for section in self.of_block(block):
                mark, _, text = section.partition("\n")
                sections.append(text if of_the_course and mark == COURSE else section)
                of_the_course = mark == COURSE
        body = "\n\n\n".join(section.strip("\n") for section in sections) + "\n"
        return f'"""{title}"""\n\n{self.template.imports.text(body)}\n\n\n{body}'

    def of_block(self, block: Block) -> list[str]:
        """What the file has in place of a block of the course's own."""
        if isinstance(block.node, ast.ClassDef) and block.node.name == "Value":
            return self.value_class(block.text())
        if block.exercise in self.pieces:
            return self.written(block) if PARTS[block.exercise].name in block.names else []
        mark = STANDS_IN.format(id=block.exercise) if block.exercise in self.marked and block.exercise else COURSE
        return [f"{mark}\n{block.text()}"]

    def written(self, block: Block) -> list[str]:
        """A part that the reader wrote, with its helpers; of a table, the entries that it lacks are the course's."""
        found, name = self.pieces[block.exercise], PARTS[block.exercise].name
        assert found.own is not None
        written = together([*found.before, documented(found.own, block.node), *found.behind])
        written[0] = f"{WRITTEN.format(id=block.exercise)}\n{written[0]}"
        pairs = [[ast.get_source_segment(block.source, n) for n in pair] for pair in block.entries(found.keys)]
        lines = "".join(f"    {key}: {entry},\n" for key, entry in pairs)
        return [*written, f"{COURSE}\n{name} |= {{\n{lines}}}"] if pairs else written

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
        before = together(found.before)
        helpers = [f"{mark}\n{before[0]}", *before[1:]] if before else []
        joined = "\n\n".join(methods)
        return [*helpers, f"{head}\n    {mark}\n{joined}\n\n    {COURSE}\n{rest}", *together(found.behind)]


def together(texts: Iterable[str]) -> list[str]:
    """The same statements, where those that follow one another and define no function or class are one piece."""
    runs = itertools.groupby(texts, key=lambda text: isinstance(ast.parse(text).body[0], cells.DEFINITIONS))
    return [piece for defined, run in runs for piece in (run if defined else ["\n".join(run)])]


def named_anew(node: ast.Import | ast.ImportFrom, new: dict[str, str]) -> ast.Import | ast.ImportFrom:
    """The same import, with the names that its names become."""
    for alias in node.names:
        name = alias.asname or alias.name
        if new.get(name, name) != name:
            alias.asname = new[name]
    return node


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
