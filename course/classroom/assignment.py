"""What nbgrader needs to know of a chapter: which cells are answers, which are graded, and with how many points."""

import re
from typing import Any

from course.merge import Cell, Notebook

DIFFICULTY = re.compile(r"^### Exercise (\d\d\.\d+) · .*?([●○]{3})", re.MULTILINE)
CHECKED = re.compile(r'check\("(\d\d\.\d+)", (\w+)\)')
# A paragraph of a card that asks for words, beside the code that the check looks at.
IN_WORDS = re.compile(
    r"^(?:Further, on paper|On paper|(?:When it passes|Then),? go further(?: on paper)?): .*\?.*$", re.M
)
POINTS_IN_WORDS = 3.0  # as in the rubric of docs/teaching.md
SCHEMA = 3
HIDDEN = """
### BEGIN HIDDEN TESTS
from course import judge

assert judge("{id}", {name}).status == "passed"
### END HIDDEN TESTS"""
WRITE_HERE = "*Your answer in words to the question at the end of exercise {id}: write it here, in place of this line.*"


def marked(notebook: Notebook) -> Notebook:
    """Return a chapter as an assignment: each exercise graded by its difficulty, ●○○ one point, ●●● three.

    The stub becomes an answer, the check a locked test which calls `judge` out of the student's sight, and a question
    that wants words gets a cell that is graded by hand.
    """
    cells: list[Cell] = []
    points: dict[str, float] = {}
    for cell in notebook["cells"]:
        role, id = part(cell)
        cell = {**cell, "metadata": dict(cell["metadata"])}
        cells.append(cell)
        if role == "card":
            points |= {id: float(dots.count("●")) for id, dots in DIFFICULTY.findall(text(cell))}
            asked = id if IN_WORDS.search(text(cell)) else ""
        elif role == "stub":
            cell["metadata"]["nbgrader"] = entry(f"answer-{id}", solution=True)
        elif role == "check":
            name = dict(CHECKED.findall(text(cell)))[id]
            cell["source"] = text(cell) + HIDDEN.format(id=id, name=name)
            cell["metadata"]["nbgrader"] = entry(f"exercise-{id}", grade=True, locked=True, points=points[id])
        elif role == "hints" and id == asked:
            cells.append(words(id))
    return {**notebook, "cells": cells}


def part(cell: Cell) -> tuple[str, str]:
    """The role that a cell has in an exercise and the exercise's id, or two empty strings."""
    about = cell["metadata"].get("course", {})
    return about.get("role", ""), about.get("exercise", "")


def words(id: str) -> Cell:
    """A cell for an answer in words, graded by hand."""
    return {
        "cell_type": "markdown",
        "id": f"words-{id.replace('.', '-')}",
        "metadata": {
            "course": {"exercise": id, "role": "words"},
            "nbgrader": entry(f"words-{id}", grade=True, solution=True, points=POINTS_IN_WORDS),
        },
        "source": WRITE_HERE.format(id=id),
    }


def entry(grade_id: str, **more: Any) -> dict[str, Any]:
    """nbgrader's entry in the metadata of a cell."""
    plain = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": SCHEMA}
    return {**plain, "grade_id": grade_id.replace(".", "-"), **more}


def text(cell: Cell) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)
