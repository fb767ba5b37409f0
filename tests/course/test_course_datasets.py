"""The moons are scikit-learn's, as lists; `show_source` shows source that is the same everywhere."""

import hashlib
import re
import subprocess
import sys

import pytest

from autograd.graph import topological_order
from autograd.scalar import Value
from course import datasets, show_source


def test_moons_are_plain_lists_in_two_halves():
    points, labels = datasets.moons(100, noise=0.1, seed=0)
    assert (len(points), sorted(set(labels)), sum(labels)) == (100, [0, 1], 50)
    assert {type(label) for label in labels} == {int}
    assert {type(number) for point in points for number in point} == {float}
    assert all(type(point) is list and len(point) == 2 for point in points)


@pytest.mark.parametrize(
    ("n", "noise", "seed"),
    [(100, 0.1, 0), (31, 0.2, 7), (7, 0.2, 3), (3, 0.0, 1), (101, 0.3, 2**31), (10, 0.1, 2**32 - 1)],
)
def test_moons_are_scikit_learns(n, noise, seed):
    make_moons = pytest.importorskip("sklearn.datasets").make_moons
    theirs, their_labels = make_moons(n, noise=noise, random_state=seed)
    points, labels = datasets.moons(n, noise, seed)
    assert labels == their_labels.tolist()
    # Cosines may differ in the last digit from NumPy's.
    assert [x for point in points for x in point] == pytest.approx(theirs.ravel().tolist(), abs=1e-15)


def test_a_seed_gives_the_same_points_and_another_seed_others():
    assert datasets.moons(10, seed=3) == datasets.moons(10, seed=3) != datasets.moons(10, seed=4)


def test_without_noise_the_points_lie_on_half_circles():
    points, labels = datasets.moons(50, noise=0)
    for (x, y), label in zip(points, labels, strict=True):
        center = (1.0, 0.5) if label else (0.0, 0.0)
        assert (x - center[0]) ** 2 + (y - center[1]) ** 2 == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"n": 1}, "n must be a whole number of at least 2, not 1"),
        ({"n": -5}, "n must be"),
        ({"n": 10.0}, "n must be"),
        ({"n": "10"}, "n must be"),
        ({"n": True}, "n must be"),
        ({"noise": -0.1}, "noise must be a number of at least 0, not -0.1"),
        ({"noise": float("nan")}, "noise must be"),
        ({"noise": float("inf")}, "noise must be"),
        ({"noise": None}, "noise must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": None}, "seed must be"),
        ({"seed": 2**32}, "seed must be below 2**32, not 4294967296"),
    ],
)
def test_wrong_arguments_are_named(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        datasets.moons(**arguments)


def test_the_helpers_for_plain_python_chapters_import_nothing_else():
    heavy = "numpy matplotlib sklearn IPython torch graphviz"
    # -S: without what the environment itself imports when Python starts; all else that can be imported here still can.
    program = f"import sys; sys.path += {sys.path}; import course, course.datasets, course.exercises\n"
    program += "course.datasets.moons()\n"
    program += f"print(set('{heavy}'.split()) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# ---- show_source


@pytest.mark.parametrize(
    ("thing", "first"),
    [
        (topological_order, "def topological_order("),
        (Value, "class Value"),
        (Value.backward, "def backward("),
        (Value.parents, "@property"),
        (sys.modules["course.datasets"], '"""The course'),
    ],
)
def test_source_is_printed_without_indentation(thing, first, capsys):
    show_source(thing)
    out = capsys.readouterr().out
    assert out.startswith(first)
    assert "0x" not in out.replace("0x[", "")
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


@pytest.mark.parametrize("thing", [3, "name", len, Value(2.0), None])
def test_what_has_no_source_is_named(thing):
    with pytest.raises(TypeError, match="show_source needs a function, class or module"):
        show_source(thing)


def test_in_a_notebook_the_source_is_markdown(monkeypatch):
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr(display, "display", shown.append)
    show_source(topological_order)
    assert shown[0].data.startswith("```python\ndef topological_order(")
    assert shown[0].data.endswith("\n```")


def test_names_are_lower_case_letters_of_many_languages_and_some_stand_in_several():
    names = datasets.names()
    assert all(re.fullmatch("[a-z]{2,12}", name) for name in names)
    assert (len(names), len(set(names))) == (5591, 5121)
    assert {"maria", "aiko", "chidi", "lakshmi", "xochitl", "zodwa"} < set(names)
    for number in (f"{len(names):,} lines", f"{len(set(names)):,} given names"):
        assert number in (datasets.NAMES.parent / "README.md").read_text(encoding="utf-8")


def test_the_text_of_the_course_is_the_one_whose_digest_and_length_are_written_down():
    text, told = datasets.course_text(), (datasets.DATA / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() in told and len(text) > 200_000
    assert f"{len(text):,} characters" in told and f"{len(text):,} characters" in datasets.course_text.__doc__
    assert "You turn a knob in the right direction because you measured a slope" in text
    assert not re.search(r"[^ -~\n]|[$`|<>{}]|http|badge|\\", text)
