"""What the tests need to know of notebooks: where they are, and what is in their cells."""

import ast
import dis
import inspect
import json
import os
import re
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("[0-9][0-9]_*.ipynb"))
EVERY = CHAPTERS + SOLUTIONS
# Set by the weekly workflow: repetitions are run as well, in which a change that nothing else finds is hard to imagine.
WEEKLY = bool(os.environ.get("WEEKLY"))


def name(path: Path) -> str:
    """Return a notebook's path from the repository's root, the name of its test."""
    return path.relative_to(ROOT).as_posix()


def cells(path: Path, kind: str = "") -> list[dict[str, Any]]:
    """Return a notebook's cells, with the source as one string; of one kind if it is given."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in found:
        cell["source"] = "".join(cell["source"])
    return [cell for cell in found if cell["cell_type"] == kind or not kind]


def headings(path: Path, level: int) -> list[str]:
    """Return the text of the Markdown headings of one level, in order."""
    text = "\n".join(cell["source"] for cell in cells(path, "markdown"))
    return re.findall(rf"^{'#' * level} (.+?)\s*$", text, re.MULTILINE)


def tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


def role(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("course", {}).get("role", "")


def exercises(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the cells of each exercise by their role: {"01.2": {"card": cell, "stub": cell, …}, …}."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for cell in cells(path):
        if exercise := cell["metadata"].get("course", {}).get("exercise"):
            found.setdefault(exercise, {})[role(cell)] = cell
    return found


def bound_name(stub: str) -> str:
    """Return the one name that a stub cell binds: def, class or assignment, after its imports."""
    names = []
    for node in ast.parse(stub).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    assert len(names) == 1, f"a stub binds one name, not {names}"
    return names[0]


def wrong(stub: str) -> str:
    """Return a stub filled in with a wrong answer: what it gives is text, whatever was asked for."""
    assert "..." in stub
    return stub.replace("...", "'wrong'")


def globals_of(code: CodeType, top: bool = True) -> tuple[set[str], set[str]]:
    """Return the global names that compiled code reads, in its functions too, and those that it binds itself."""
    reads: set[str] = set()
    binds: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            reads.add(step.argval)
        elif step.opname == "STORE_GLOBAL" or (top and step.opname == "STORE_NAME"):
            binds.add(step.argval)
    for inner in filter(inspect.iscode, code.co_consts):
        inner_reads, inner_binds = globals_of(inner, top=False)
        reads, binds = reads | inner_reads, binds | inner_binds
    return reads, binds
