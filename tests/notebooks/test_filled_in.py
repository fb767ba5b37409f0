"""Every chapter runs to its end with all exercises solved, and with all of them wrong."""

import json

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_files import CHAPTERS, ROOT, exercises, name

from course.mine.parts import PARTS


def solutions(path):
    solved = exercises(ROOT / "notebooks" / "solutions" / path.name)
    return {exercise: parts["solution"]["source"] for exercise, parts in solved.items()}


def wrong_answers(path):
    """Return stubs whose answers are wrong: what they give is text, whatever was asked for."""
    answers = {}
    for exercise, parts in exercises(path).items():
        stub = parts["stub"]["source"]
        assert "..." in stub
        answers[exercise] = stub.replace("...", "'wrong'")
    return answers


def run_with(answers, path):
    """Execute a chapter with these stub cells, and return what the check of each exercise printed."""
    notebook = nbformat.reads(json.dumps(json.loads(path.read_text(encoding="utf-8"))), as_version=4)
    for cell in notebook.cells:
        course = cell.metadata.get("course", {})
        if course.get("role") == "stub":
            cell.source = answers[course["exercise"]]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    checks = [cell for cell in notebook.cells if cell.metadata.get("course", {}).get("role") == "check"]
    return {cell.metadata.course.exercise: "".join(o.get("text", "") for o in cell.outputs) for cell in checks}


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_runs_with_every_exercise_solved(path, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_ANSWERS", str(tmp_path))  # as in my-course: what passes is stored, and used from then on
    printed = run_with(solutions(path), path)
    assert printed
    assert [exercise for exercise, text in printed.items() if "passed" not in text] == []
    parts = [id for id in printed if id in PARTS]
    assert [id for id in parts if f"{PARTS[id].answer} is now part of your engine" not in printed[id]] == []
    assert {file.stem for file in tmp_path.iterdir()} == set(printed)


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_runs_with_every_exercise_wrong(path):
    printed = run_with(wrong_answers(path), path)
    assert printed
    assert [exercise for exercise, text in printed.items() if "not yet" not in text] == []
