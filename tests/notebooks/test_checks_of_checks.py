"""The checks are checked: stub, solution, wrong answers and right ones in other styles get the right verdict.

A chapter's exercises stand in four places (its notebook, its solutions notebook, `course/exercises`, and
`tests/notebooks/mutants`); these tests find the ids in all of them, so that nothing can be forgotten in one.
"""

import ast
import dataclasses
import functools
import importlib.util
import os
import re

import pytest
from notebook_files import CHAPTERS, ROOT, SOLUTIONS, bound_name, cells, exercises, globals_of, role

from course import checks, mine

LEAST = 3  # wrong answers for each exercise


def sources(role, notebooks):
    """Every cell of a role: a dict of exercise id to (notebook, source). An id stands in its own chapter only."""
    found = {}
    for path in notebooks:
        for id, parts in exercises(path).items():
            if role in parts:
                assert id[:2] == path.name[:2], f"{id} stands in {path.name}"
                found[id] = (path, parts[role]["source"])
    return found


def specified():
    for file in sorted((ROOT / "course" / "exercises").glob("ch[0-9][0-9].py")):
        importlib.import_module(f"course.exercises.{file.stem}")
    return {id for id, known in checks.EXERCISES.items() if known.specification.__module__.startswith("course.")}


def answers():
    """The wrong answers and the right ones in another style, each a dict of exercise id to a list.

    Besides, for some of the wrong ones, pairs of the answer and the words that the message to them has to hold, and
    the wrong ones that never end.
    """
    wrong, right, says, endless = {}, {}, [], []
    for file in sorted((ROOT / "tests" / "notebooks" / "mutants").glob("ch[0-9][0-9].py")):
        spec = importlib.util.spec_from_file_location(f"mutants_{file.stem}", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        wrong |= module.MUTANTS
        right |= getattr(module, "RIGHT", {})
        said = getattr(module, "SAYS", {})
        says += said.items() if isinstance(said, dict) else said  # pairs where answers are tables, which have no hash
        endless += getattr(module, "ENDLESS", [])
    return wrong, right, says, endless


STUBS = sources("stub", CHAPTERS)
CHECKS = sources("check", CHAPTERS)
SOLVED = sources("solution", SOLUTIONS)
SPECIFIED = specified()
MUTANTS, RIGHT, SAYS, ENDLESS = answers()
MUTANT_CASES = [(id, number) for id in sorted(MUTANTS) for number in range(len(MUTANTS[id]))]
RIGHT_CASES = [(id, number) for id in sorted(RIGHT) for number in range(len(RIGHT[id]))]


def test_every_exercise_stands_in_every_place():
    places = {"stub": set(STUBS), "check": set(CHECKS), "solution": set(SOLVED), "mutants": set(MUTANTS)}
    for place, found in places.items():
        assert found == SPECIFIED, f"{place} cells against course/exercises: {sorted(found ^ SPECIFIED)}"


def test_no_chapter_is_left_out():
    chapters = {path.name[:2] for path in CHAPTERS}
    assert chapters == {path.name[:2] for path in SOLUTIONS} == {id[:2] for id in SPECIFIED}


@pytest.mark.parametrize("id", sorted(STUBS))
def test_the_stub_is_not_attempted(id):
    _, stub = STUBS[id]
    engine = mine.chapter(int(id[:2]) or 1)  # a class may begin with a name of the engine, such as Optimizer
    namespace = {name: getattr(engine, name) for name in dir(engine)}
    exec(stub, namespace)
    assert checks.judge(id, namespace[bound_name(stub)]).status == "not attempted"


@pytest.mark.parametrize("id", sorted(STUBS))
def test_the_check_cell_checks_the_name_of_the_stub(id):
    name = bound_name(STUBS[id][1])
    assert re.search(rf'check\("{id}", {name}\)', CHECKS[id][1])


def needed_for_solutions(path):
    """The code cells that bind a name which a solution needs, and the solutions, in their order.

    Long trainings, which other cells of these notebooks show, are left out: here they would only take time, and
    nbval runs every cell.
    """
    kept, wanted = [], set()
    for cell in reversed(cells(path, "code")):
        code = compile(cell["source"], f"{path.name}, {cell['id']}", "exec")
        reads, binds = globals_of(code)
        if role(cell) in ("bootstrap", "solution") or binds & wanted:
            wanted |= reads
            kept.append((cell, code))
    return kept[::-1]


@functools.cache
def run_solutions(path):
    """The names that each solution cell leaves behind; the cells run in one namespace from top to bottom."""
    from matplotlib import pyplot

    pyplot.switch_backend("Agg")
    namespace, found, here = {"__name__": "__main__", "display": lambda *shown: None}, {}, os.getcwd()
    os.chdir(path.parent)
    try:
        for cell, code in needed_for_solutions(path):
            exec(code, namespace)
            if (course := cell["metadata"].get("course", {})).get("role") == "solution":
                id = course["exercise"]
                found[id] = namespace[bound_name(STUBS[id][1])]
    finally:
        os.chdir(here)
        pyplot.close("all")
    return found


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
@pytest.mark.parametrize("id", sorted(SOLVED))
def test_the_solution_passes(id):
    verdict = checks.judge(id, run_solutions(SOLVED[id][0])[id])
    assert verdict.status == "passed", verdict.message


@pytest.mark.parametrize("id", sorted(SOLVED))
def test_the_stub_differs_from_the_solution(id):
    assert ast.dump(ast.parse(STUBS[id][1])) != ast.dump(ast.parse(SOLVED[id][1]))


@pytest.mark.parametrize("id", sorted(SPECIFIED))
def test_there_are_enough_mutants(id):
    assert len(MUTANTS[id]) >= LEAST


@pytest.mark.parametrize(("id", "number"), MUTANT_CASES)
def test_a_wrong_answer_is_not_yet(id, number, monkeypatch):
    wrong = MUTANTS[id][number]
    endless = any(wrong is answer for answer in ENDLESS)
    if endless:  # nothing is learned from a longer wait
        monkeypatch.setitem(checks.EXERCISES, id, dataclasses.replace(checks.EXERCISES[id], seconds=0.5))
    verdict = checks.judge(id, wrong)
    assert not endless or "was still running after 0.5 seconds" in verdict.message
    assert verdict.status == "not yet", f"{getattr(wrong, '__name__', wrong)}: {verdict.message}"
    assert "cannot be inspected" not in verdict.message
    assert next((words for answer, words in SAYS if answer is wrong), "") in verdict.message


@pytest.mark.parametrize(("id", "number"), RIGHT_CASES)
def test_a_right_answer_in_another_style_passes(id, number):
    right = RIGHT[id][number]
    verdict = checks.judge(id, right)
    assert verdict.status == "passed", f"{getattr(right, '__name__', right)}: {verdict.message}"
