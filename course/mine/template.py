"""The sources of the course's own engine, cut into statements that make way for answers or stay."""

import ast
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from course.mine import cells
from course.mine.imports import Imports
from course.mine.own import SOURCE, from_the_engine
from course.mine.rename import looked_up, renamed

MARK, COMING = re.compile(r"# Exercise (\d\d\.\d+)"), re.compile(r"# Coming exercise .*\n?")
ON_ARRAYS = {"Value": "Node"}  # what walks through a graph of numbers walks through one of arrays as well


class Block:
    """A statement of a source with the comments above it; `exercise` is the one whose answer takes its place, or ""."""

    def __init__(self, node: ast.stmt, source: str, section: str = "") -> None:
        self.node, self.source, self.section, self.names = node, source, section, set(cells.bound(node))
        lines = source.split("\n")[: cells.first_line(node) - 1]
        count = next((i for i, line in enumerate(reversed(lines)) if not line.startswith("#")), len(lines))
        self.above = COMING.sub("", "".join(f"{line}\n" for line in lines[len(lines) - count :]))
        mark = MARK.search(self.above)
        self.exercise = mark[1] if mark else ""

    def text(self) -> str:
        """The statement, with the comments above it but without its mark."""
        text = COMING.sub("", cells.text_of(self.node, self.source))
        text = text if isinstance(self.node, cells.DEFINITIONS) else self.above + text
        return "\n".join(line for line in text.split("\n") if not MARK.match(line))

    def entries(self, besides: Collection[str]) -> list[tuple[ast.expr, ast.expr]]:
        """Keys and values of a table that is written out, but for some keys; none if it is something else."""
        value = getattr(self.node, "value", None)
        pairs = zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ()
        return [(key, entry) for key, entry in pairs if key is not None and ast.literal_eval(key) not in besides]


class Template:
    """The blocks of some sources, in order, and their imports; parts of other exercises than `ids` are left out."""

    def __init__(self, sources: Sequence[Path], ids: Collection[str]) -> None:
        self.imports, self.blocks = Imports(), []
        for path in sources:
            blocks = self.read(path, with_heading=len(sources) > 1)
            self.blocks += [block for block in blocks if not block.exercise or block.exercise in ids]

    def read(self, path: Path, with_heading: bool = False) -> list[Block]:
        """The statements of a source; its imports are noted, but for those from the other sources."""
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        heading = (ast.get_docstring(tree) or "").split("\n")[0].rstrip(".") if with_heading else ""
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in imports:
            if not from_the_engine(node):
                self.imports.add(node)
        return [Block(node, source, heading) for node in tree.body[1:] if node not in imports]

    def names(self) -> set[str]:
        return {name for block in self.blocks for name in block.names}

    def make_way(self, keys: dict[str, Collection[str]], public: Collection[str]) -> None:
        """Leave out the helpers that only parts need which make way for answers.

        `keys` has the exercises that are answered, each with the entries that a table has there. What is `public`
        stays in any case.
        """
        going = [block for block in self.blocks if block.exercise in keys]
        gone = {name for block in going for name in block.names}
        helpers = self.reached(block.node for block in going) - {*public, *gone}
        sure: list[ast.AST] = [b.node for b in self.blocks if b not in going and not b.names & helpers]
        sure += [entry for block in going for _, entry in block.entries(keys[block.exercise])]
        unused = helpers - self.reached(sure, gone)
        self.blocks = [block for block in self.blocks if not block.names or not block.names <= unused]

    def needs(self, name: str, keys: dict[str, Collection[str]]) -> bool:
        """Whether what stays beside answers mentions a name; `keys` has the answered exercises, as in `make_way`."""
        staying: list[ast.AST] = [b.node for b in self.blocks if b.exercise not in keys and name not in b.names]
        answered = [b for b in self.blocks if b.exercise in keys]
        staying += [entry for block in answered for _, entry in block.entries(keys[block.exercise])]
        return name in self.reached(staying)

    def reached(self, nodes: Iterable[ast.AST], but_for: Collection[str] = ()) -> set[str]:
        """The names of blocks that some nodes mention, and that these blocks mention, and so on, but for some names."""
        by_name = {name: block.node for block in self.blocks for name in block.names if name not in but_for}
        found: set[str] = set()
        waiting = list(nodes)
        while waiting:
            mentioned = {n.id for n in ast.walk(waiting.pop()) if isinstance(n, ast.Name)}
            new = (mentioned & by_name.keys()) - found
            found |= new
            waiting += [by_name[name] for name in new]
        return found

    def borrow(self, source: str) -> set[str]:
        """Put in front what an answer looks up from the engine of single numbers; return the names of it."""
        first = {name: block for block in self.read(SOURCE) for name in block.names}
        borrowed: set[str] = set()
        known, waiting = self.names(), [source]
        while waiting:
            for name in (looked_up(waiting.pop()) & first.keys()) - known - borrowed:
                borrowed |= first[name].names
                waiting.append(first[name].text())
        chosen = dict.fromkeys(block for name, block in first.items() if name in borrowed)
        texts = "\n\n\n".join(renamed(block.text(), ON_ARRAYS) for block in chosen)
        self.blocks = [Block(node, texts) for node in ast.parse(texts).body] + self.blocks
        return borrowed
