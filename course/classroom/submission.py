"""Puts a submission in order, and says what is judged in it and what came of it."""

from collections.abc import Callable
from typing import Any

from course.classroom.apart import Job, Judgement
from course.classroom.assignment import CHECKED, part, text
from course.classroom.judging import DISTRUSTED
from course.merge import Cell, Notebook, by_id, merged, recognized


def restored(source: Notebook, theirs: Notebook, warn: Callable[[str], None]) -> Notebook:
    """Return a submission with the cells of the assignment in their order, and none that is graded missing or changed.

    A cell is known by its id, or, where a program has dropped that, by its place in an exercise, or its text. What the
    student added stays where it is; an answer's cell that was deleted stays deleted, since the answer may stand
    elsewhere.
    """
    known = by_id(source)
    places = {part(cell): cell["id"] for cell in source["cells"] if part(cell)[1]}
    cells = [usable(cell) for cell in theirs["cells"]]
    taken = {cell.get("id") for cell in cells}
    for cell in cells:
        if cell.get("id") not in known and (id := places.get(part(cell))) and id not in taken:
            cell["id"] = id
            taken.add(id)
    submission = {**theirs, "cells": cells}
    cells = recognized(submission, source, source)
    if not any(cell["id"] in places.values() for cell in cells):  # the first cell is the same in every chapter
        warn("None of the cells is one of the assignment's: is it another notebook?")
    there = {cell["id"] for cell in cells}
    answers = {cell["id"] for cell in source["cells"] if part(cell)[0] == "stub"}
    base = {**source, "cells": [cell for cell in source["cells"] if cell["id"] in there | answers]}
    result = merged(base, {**submission, "cells": cells}, source)
    return {**result, "cells": [as_graded(cell, known.get(cell["id"])) for cell in result["cells"]]}


def usable(cell: Cell) -> Cell:
    """A cell that the steps after this can rely on, whatever its metadata was."""
    metadata = cell.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    metadata.pop("nbgrader", None)
    if not isinstance(metadata.get("course"), dict):
        metadata.pop("course", None)
    source = text(cell).encode("utf-8", "backslashreplace").decode()  # half characters cannot be stored
    return {**cell, "metadata": metadata, "source": source}


def as_graded(cell: Cell, known: Cell | None) -> Cell:
    """The cell with nbgrader's entry, and, if that locks it, with the text of the assignment."""
    entry = known["metadata"].get("nbgrader") if known else None
    if not known or not entry:
        return cell
    cell = {**cell, "metadata": {**cell["metadata"], "nbgrader": dict(entry)}}
    if cell["cell_type"] != known["cell_type"]:
        more = {"outputs": [], "execution_count": None} if known["cell_type"] == "code" else {}
        cell = {key: cell[key] for key in ("id", "metadata", "source")} | {"cell_type": known["cell_type"], **more}
    return {**cell, "source": text(known)} if entry["locked"] else cell


def jobs(notebook: Notebook) -> list[tuple[Cell, Job]]:
    """The graded code cells of a submission, each with the job of judging its answer."""
    found, above = [], []
    for cell in notebook["cells"]:
        role, id = part(cell)
        if cell["metadata"].get("nbgrader", {}).get("grade") and role == "check":
            name = dict(CHECKED.findall(text(cell)))[id]
            roles = [part(cell) for cell in above]
            own = roles.index(("stub", id)) if ("stub", id) in roles else None
            bootstrap = roles.index(("bootstrap", "")) if ("bootstrap", "") in roles else None
            found.append((cell, Job(id, name, [text(cell) for cell in above], own, bootstrap)))
        elif cell["cell_type"] == "code":
            above.append(cell)
    return found


def worth_a_look(found: Judgement) -> list[str]:
    """What a teacher should know of a judgement besides its points."""
    said = [" ".join(found.message.split())] if found.status in (DISTRUSTED, "crashed") else []
    head = found.message.split(" · ")[0]
    return said + ([f"{head} tried what is refused: {', '.join(found.tried[:3])}"] if found.tried else [])


def outputs(found: Judgement, points: float) -> list[dict[str, Any]]:
    """What nbgrader reads the points from, and what the feedback shows."""
    number = points if found.passed else 0.0
    return [
        {"output_type": "stream", "name": "stdout", "text": found.message + "\n"},
        {"output_type": "execute_result", "data": {"text/plain": f"{number}"}, "metadata": {}, "execution_count": None},
    ]
