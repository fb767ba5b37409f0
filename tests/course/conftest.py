"""What the tests of the reader's engine share: a folder for answers, exercises to answer, and IPython."""

import dataclasses
import importlib
import sys

import pytest

from course import checks, mine
from course.mine import answers, assemble, exporting, verify
from course.mine.parts import PARTS


def cube(x):
    return x**3


def specify_agrees(answer):
    answer.close(answer.call(12.0, cube, 2.0), True)
    answer.close(answer.call(12.1, cube, 2.0), False)


def specify_order(answer):
    node = type("Node", (), {"parents": ()})
    a, b = node(), node()
    b.parents = (a, a)
    answer.require(list(answer.call(b)) == [a, b], "inputs first")


def accept(answer):
    """Nothing is asked here: other tests ask what an exercise wants."""


@pytest.fixture
def exercises(monkeypatch):
    """The parts as exercises: 04.2 and 05.1 ask for something, all others accept every answer."""
    for chapter in range(1, 10):
        importlib.import_module(f"course.exercises.ch{chapter:02}")
    asked = {id: checks.Exercise(id, "Well done.", accept, 5.0) for id in [*PARTS, "02.9"]}
    asked["04.2"] = dataclasses.replace(asked["04.2"], specification=specify_order)
    asked["05.1"] = dataclasses.replace(asked["05.1"], specification=specify_agrees, seconds=0.5)
    monkeypatch.setattr(checks, "EXERCISES", checks.EXERCISES | asked)
    return asked


def forget():
    assemble.ENGINES.clear()
    assemble.SAID.clear()
    verify.why_not.cache_clear()


@pytest.fixture
def folder(tmp_path, monkeypatch, exercises):
    """An empty folder in which answers are stored."""
    place = tmp_path / "my-course" / "answers"
    monkeypatch.setenv("COURSE_ANSWERS", str(place))
    forget()
    yield place
    forget()


@pytest.fixture
def store(folder):
    """Store a text as the answer to an exercise, as if it had passed."""

    def write(id, source):
        return answers.write(folder, answers.Stored(id, PARTS[id].answer, source.strip() + "\n"))

    return write


@pytest.fixture
def exported_arrays(store, tmp_path):
    """Export the engine of arrays with these answers to an empty folder, and return the path and what was said."""

    def make(chosen):
        for id, source in chosen.items():
            store(id, source)
        place = tmp_path / "alone"
        place.mkdir()
        path = place / "my_autograd.py"
        return path, exporting.write(path, tensor=True)

    return make


@pytest.fixture(scope="module")
def ipython():
    """One IPython for the tests of a file; what it changes is put back, as other files run in the same process."""
    import builtins
    import gc

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    before = sys.modules["__main__"], dict(vars(builtins)), sys.displayhook, sys.excepthook
    settings = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    shell = InteractiveShell.instance(config=settings, user_ns={})
    gc.freeze()  # IPython collects garbage for each new namespace, and what is here by now stays to the end
    yield shell
    InteractiveShell.clear_instance()
    sys.modules["__main__"], kept, sys.displayhook, sys.excepthook = before
    for name in set(vars(builtins)) - set(kept):
        delattr(builtins, name)


@pytest.fixture
def run(ipython, monkeypatch):
    """Run cells as a notebook does, from an empty namespace on."""
    ipython.reset(new_session=True)
    monkeypatch.setitem(sys.modules, "__main__", ipython.user_module)

    def cells(*sources):
        for source in ("from course import check, mine", *sources):
            ipython.run_cell(source, store_history=True).raise_error()

    return cells


@pytest.fixture
def report():
    return mine.report
