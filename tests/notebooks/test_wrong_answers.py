"""A wrong answer is told so by its check, and changes nothing else in its chapter.

nbval runs every chapter with its exercises open, test_other_styles.py runs it with right answers, and test_browser.py
opens a few with wrong ones. In all others a wrong answer cannot stop a later cell, because none uses it: a chapter goes
on with `mine`, which takes over what has passed. Where it shows an answer's name again, it says first whose it is.
"""

import ast

import pytest
from notebook_files import CHAPTERS, bound_name, cells, exercises, globals_of, name, role, wrong

from course import mine

EXERCISES = [(path, id) for path in CHAPTERS for id in exercises(path)]


def names_bound(statement):
    """Return the names that a statement at the top of a cell binds in any case."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign):
        targets = [node for target in statement.targets for node in ast.walk(target)]
        return {node.id for node in targets if isinstance(node, ast.Name)}
    return set()


def uses_of_answers(code):
    """Return the names of answers that cells use, each with its cell; a cell may bind the name anew before."""
    answers, found = set(), []
    for cell in code:
        if role(cell) == "stub":
            answers.add(bound_name(cell["source"]))
        elif role(cell) != "check":
            for statement in ast.parse(cell["source"]).body:
                reads, _ = globals_of(compile(ast.Module([statement], []), cell["id"], "exec"))
                found += [(cell["id"], used) for used in sorted(reads & answers)]
                answers -= names_bound(statement)
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_no_other_cell_uses_an_answer(path):
    assert uses_of_answers(cells(path, "code")) == []


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("print(double(2))", True),
        ("def twice(x):\n    return double(x)", True),
        ("if x:\n    double = print\ndouble(2)", True),
        ("double = double or print", True),
        ("double += 1", True),
        ("double = mine.chapter(1).double\nprint(double(2))", False),
        ("from math import ceil as double\ndouble(2)", False),
        ("print(mine.chapter(1).double(2))", False),
        ("def twice(x):\n    double = 2 * x\n    return double", False),
    ],
)
def test_a_cell_that_uses_an_answer_is_found(source, uses):
    stub = {"id": "stub", "source": "def double(x):\n    return ...", "metadata": {"course": {"role": "stub"}}}
    later = {"id": "later", "source": source, "metadata": {}}
    assert uses_of_answers([later]) == []
    assert uses_of_answers([stub, later]) == ([("later", "double")] if uses else [])


@pytest.mark.parametrize(("path", "id"), EXERCISES, ids=[id for _, id in EXERCISES])
def test_a_wrong_answer_is_told_so_and_stops_nothing(path, id, capsys):
    """What it gives is text, whatever was asked for."""
    engine, parts = mine.chapter(int(id[:2]) or 1), exercises(path)[id]  # a class may begin with a name of the engine
    namespace = {part: getattr(engine, part) for part in dir(engine)}
    exec(wrong(parts["stub"]["source"]), namespace)
    exec("from course import check\n" + parts["check"]["source"], namespace)
    assert "not yet" in capsys.readouterr().out
