"""Carries a new version of a notebook into a copy that somebody has worked in: three ways, cell by cell.

A cell is taken whole, from the reader or from the course. A merge line by line would put the course's new first line
above the reader's old second line, and break an answer that was right.
"""

from typing import Any

Notebook = dict[str, Any]
Cell = dict[str, Any]
OURS = ("course", "slideshow", "tags")  # what the course keeps in the metadata of a cell


def merged(base: Notebook, theirs: Notebook, new: Notebook) -> Notebook:
    """Return the reader's notebook `theirs` with what the course changed from `base`, the version copied, to `new`.

    Every cell that the reader changed or added is in the result, as the reader left it; a cell that the reader deleted
    stays deleted. All other cells are those of `new`, in its order; they keep their outputs if their source is the same
    in `base` and `new`. A cell that only the reader has stands behind the cell it stood behind.
    """
    before, after = by_id(base), by_id(new)
    kept: dict[str, Cell] = {}
    extra: dict[str, list[Cell]] = {"": []}
    anchor = ""
    for cell in recognized(theirs, base, new):
        known, coming = before.get(cell["id"]), after.get(cell["id"])
        if coming is not None:
            kept[cell["id"]] = chosen(cell, known or coming, coming)
            anchor = cell["id"]
            extra[anchor] = []
        elif known is None or kind_and_source(cell) != kind_and_source(known):
            extra[anchor].append(cell)
    cells = list(extra[""])
    for coming in new["cells"]:
        if coming["id"] in kept:
            cells += [kept[coming["id"]], *extra[coming["id"]]]
        elif coming["id"] not in before:
            cells.append(coming)
    return {**theirs, "cells": cells, "nbformat": new["nbformat"], "nbformat_minor": new["nbformat_minor"]}


def chosen(theirs: Cell, base: Cell, new: Cell) -> Cell:
    """Return the course's cell if only the course changed it; otherwise the reader's, with what it printed."""
    if kind_and_source(theirs) == kind_and_source(base) != kind_and_source(new):
        return new
    own = {key: value for key, value in theirs.get("metadata", {}).items() if key not in OURS}
    return {**theirs, "metadata": own | {key: new["metadata"][key] for key in OURS if key in new["metadata"]}}


def recognized(theirs: Notebook, base: Notebook, new: Notebook) -> list[Cell]:
    """Return the reader's cells, each with an id of its own: the course's, for a cell that came from the course.

    Some programs drop the ids, and a cell that was copied may keep that of its model. Such a cell is one of `base` if
    it has its source and no other cell is that one; otherwise it is the reader's.
    """
    taken: set[str] = set()
    known = by_id(base).keys() | by_id(new).keys()
    nameless = []
    cells = [dict(cell) for cell in theirs["cells"]]
    for cell in cells:
        if cell.get("id") in known and cell["id"] not in taken:
            taken.add(cell["id"])
        else:
            nameless.append(cell)
    for cell in nameless:
        same = (c["id"] for c in base["cells"] if kind_and_source(c) == kind_and_source(cell) and c["id"] not in taken)
        cell["id"] = next(same, None) or unused(str(cell.get("id") or "own"), taken | known)
        taken.add(cell["id"])
    return cells


def unused(id: str, taken: set[str]) -> str:
    """Return the id, with a number behind it if it is taken."""
    numbered = (f"{id}-{number}"[-64:] for number in range(2, len(taken) + 3))
    return id if id not in taken else next(name for name in numbered if name not in taken)


def by_id(notebook: Notebook) -> dict[str, Cell]:
    return {cell["id"]: cell for cell in notebook["cells"]}


def kind_and_source(cell: Cell) -> tuple[str, str]:
    """Return a cell's kind and its text, which notebooks store as one string or as a list of lines."""
    text = cell.get("source", "")
    return cell["cell_type"], text if isinstance(text, str) else "".join(text)
