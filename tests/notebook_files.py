"""What the tests need to know of notebooks: where they are, and what is in their cells."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("[0-9][0-9]_*.ipynb"))
EVERY = CHAPTERS + SOLUTIONS


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
