"""Chapters 15 and 17 on the stand-in for MNIST, and chapter 15's program: what it prints and saves."""

import errno
import os
import re
import shlex
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from command_line import ended
from nbclient import NotebookClient
from notebook_files import CHAPTERS, ROOT, WEEKLY, cells, role

from course import datasets, digits, mnist

CHAPTER = ROOT / "notebooks" / "15_mnist.ipynb"
README = (ROOT / "README.md").read_text(encoding="utf-8")

# What README says to type, without the environment's Python.
README_COMMAND = shlex.split(re.search(r"`\.venv/bin/python (-m course\.mnist [^`]*)`", README).group(1))
ON_THIS_MACHINE = any(path.exists() for path in digits.places())
pytest.importorskip("safetensors", reason="weights are saved with safetensors")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The output of the program, and the file it saved."""
    if not ON_THIS_MACHINE:
        pytest.skip("MNIST is not on this machine")
    path = tmp_path_factory.mktemp("mnist") / "weights.safetensors"
    command = [sys.executable, *README_COMMAND, "--save", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True), path


@pytest.fixture
def program(monkeypatch, capsys):
    """The program on the stand-in: its exit code, what it printed, and what it said to standard error."""
    pytest.importorskip("sklearn")
    monkeypatch.setattr(datasets, "mnist", lambda n: digits.stand_in(n))

    return lambda *arguments: ended(mnist.main, arguments, capsys)


@pytest.fixture
def no_training(monkeypatch):
    """Fails the test if data are loaded or a network is trained."""
    monkeypatch.setattr(mnist.Training, "epoch", lambda *_: pytest.fail("trained"))
    monkeypatch.setattr(datasets, "mnist", lambda *_: pytest.fail("loaded the data"))


def test_the_last_line_is_the_accuracy(ran):
    last = ran[0].stdout.splitlines()[-1]
    assert re.fullmatch(r"validation accuracy \d\d\.\d %", last), last
    assert float(last.split()[2]) >= 95.0
    assert ran[0].stdout.count("training loss") == 5 and "epoch 5/5" in ran[0].stderr


def test_pytorch_reads_the_weights_and_is_right_as_often(ran):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    layers = torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 256), torch.nn.ReLU()
    model = torch.nn.Sequential(*layers, torch.nn.Linear(256, 10))
    model.load_state_dict(load_file(ran[1]))
    _, _, images, labels = mnist.tensors(datasets.mnist(mnist.COUNT))
    with torch.no_grad():
        right = (model(torch.tensor(images.numpy())).argmax(1).numpy() == labels.numpy()).mean()
    assert f"validation accuracy {right:.1%}".replace("%", " %") == ran[0].stdout.splitlines()[-1]


def test_the_stand_in_is_trained_on_too(program, tmp_path):
    code, printed, _ = program("--epochs", 2, "--save", tmp_path / "weights.safetensors")
    assert code is None and set(os.listdir(tmp_path)) == {"weights.safetensors", "weights.checkpoint.safetensors"}
    assert "scikit-learn's digits" in printed and "1617 images for training, 180 for validation" in printed
    assert float(printed.splitlines()[-1].split()[2]) > 85.0


def test_nothing_is_written_unless_a_file_is_named(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, printed, _ = program("--epochs", 1)
    assert code is None and "The weights will not be kept: --save FILE does that." in printed
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/weights", "there is no folder nowhere"),
        ("folder", "that is a folder, name a file in it"),
        ("file/weights", "there is no folder file"),
        ("protected", "that file is protected"),
        (os.devnull, "that is a device, not a file"),
        ("x" * 300, os.strerror(errno.ENAMETOOLONG)),
        pytest.param(
            "/proc/weights",
            os.strerror(errno.ENOENT),
            marks=pytest.mark.skipif(sys.platform != "linux", reason="a place where nobody may write"),
        ),
    ],
)
def test_a_place_that_cannot_be_written_is_named_before_training(
    program, no_training, tmp_path, monkeypatch, place, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("file", "protected"):
        (tmp_path / name).write_text("old")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != "protected" and access(path, mode))
    code, printed, err = program("--save", place)
    assert (code, printed) == (2, "")
    assert err == f"python -m course.mnist: the weights cannot be saved in {place}: {said}\n"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "protected"]
    assert (tmp_path / "protected").read_text() == "old"


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "weights.host.1234.01234567.part")


def test_a_full_disk_is_found_before_training(program, no_training, tmp_path, monkeypatch):
    path = tmp_path / "weights"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    code, _, err = program("--save", path)
    assert code == 2
    assert err == f"python -m course.mnist: the weights cannot be saved in {path}: {os.strerror(errno.ENOSPC)}\n"
    assert os.listdir(tmp_path) == ["weights"] and path.read_text() == "old"


def test_a_disk_that_became_full_costs_the_weights_alone(program, tmp_path, monkeypatch):
    accuracy = mnist.accuracy

    def measure_and_fill(*arguments):
        monkeypatch.setattr(os, "fsync", full)
        return accuracy(*arguments)

    monkeypatch.setattr(mnist, "accuracy", measure_and_fill)
    code, printed, err = program("--epochs", 1, "--save", tmp_path / "weights")
    assert code == 2 and "validation accuracy" in printed.splitlines()[-1]
    assert f"{tmp_path / 'weights'}: {os.strerror(errno.ENOSPC)}" in err and "Traceback" not in err
    assert os.listdir(tmp_path) == ["weights.checkpoint.safetensors"]


def test_weights_are_tried_out_before_training_too(program, no_training, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    code, _, err = program("--save", tmp_path / "weights")
    assert (code, err) == (
        2,
        "python -m course.mnist: weights are saved as safetensors files: run `pip install safetensors`\n",
    )


def test_a_loss_that_explodes_is_named(program, tmp_path):
    with np.errstate(all="ignore"):
        code, _, err = program("--epochs", 2, "--lr", "1e30", "--save", tmp_path / "weights.safetensors")
    assert code == 2 and "try a smaller --lr than 1e+30" in err and "Traceback" not in err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("lr", ["0", "-1", "nan", "inf"])
def test_a_step_size_that_makes_no_sense_is_named(program, no_training, lr):
    code, _, err = program("--lr", lr)
    assert code == 2 and f"must be a number above 0, not {lr}" in err


def test_git_ignores_weights_and_the_readers_copy():
    for name in ("mnist.safetensors", "my-course/mnist.safetensors", "my-course/01_derivatives.ipynb"):
        ignored = subprocess.run(["git", "check-ignore", "--no-index", "--quiet", name], cwd=ROOT, check=False)
        if ignored.returncode == 128:
            pytest.skip("this is no git checkout")
        assert ignored.returncode == 0, name


@pytest.mark.parametrize(
    ("name", "shape"), [("15_mnist", "(1797, 784) float64"), ("17_convolution", "(1797, 1, 28, 28) float32")]
)
def test_a_chapter_on_mnist_runs_on_the_stand_in(name, shape):
    """Up to the cell that shows the data; once a week to its end, as nbval runs it where MNIST is not."""
    pytest.importorskip("sklearn")
    notebook = nbformat.read(CHAPTER.with_name(f"{name}.ipynb"), as_version=4)
    places = [i for i, cell in enumerate(notebook.cells) if cell.metadata.get("course", {}).get("role") == "bootstrap"]
    nowhere = "from course import digits as source\nsource.places, source.MIRRORS = lambda: [], ()"
    notebook.cells.insert(places[0] + 1, nbformat.v4.new_code_cell(nowhere))
    if not WEEKLY:
        shows = next(i for i, cell in enumerate(notebook.cells) if "digits.source" in cell.source)
        notebook.cells = notebook.cells[: shows + 1]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(CHAPTER.parent)}}).execute()
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "Instead: scikit-learn's digits" in printed and shape in printed


def test_every_numpy_function_is_known_or_introduced():
    """Chapters 09 to 14 use it in their cells, or this chapter's text names it in backticks before it is used."""
    before = [path for path in CHAPTERS if "09" <= path.name[:2] <= "14"]
    known = {use for path in before for cell in cells(path, "code") for use in numpy_names(cell["source"])}
    used = 0
    for cell in cells(CHAPTER):
        if cell["cell_type"] == "markdown":
            known |= numpy_names(cell["source"])
        elif role(cell) != "bootstrap":
            found = numpy_names(cell["source"])
            assert found <= known, f"{cell['id']} uses {sorted(found - known)}, which nobody has explained"
            used += len(found)
    assert used > 20


def numpy_names(text):
    return set(re.findall(r"\bnp\.([a-z_][\w.]*)", text))


def test_the_reader_has_something_to_do_every_250_words():
    """A question in bold, an exercise, a guess or a folded answer; questions at the end have folded answers."""
    words = 0
    for cell in cells(CHAPTER)[4:]:
        if cell["cell_type"] == "code":
            words = 0 if "guess = ..." in cell["source"] or role(cell) == "stub" else words
            continue
        for part in re.split(r"(\*\*[^*]+[?.:]\*\*|<details>|### Exercise)", cell["source"]):
            if re.match(r"\*\*|<details>|### Exercise", part):
                words = 0
            else:
                words += len(re.findall(r"\w[\w'’.-]*", part))
                assert words <= 250, f"{words} words up to {cell['id']} in which the reader only reads"


def test_nothing_says_that_one_person_wrote_the_wrong_eights_before_the_reader_has_guessed():
    read = cells(CHAPTER, "markdown")
    before = read[: [cell["id"] for cell in read].index("who-found")]
    assert len(before) > 15
    for cell in before:
        assert not re.search(r"(?i)\b(who wrote|writers?|person's|same hand|one (person|hand))\b", cell["source"]), (
            cell["id"]
        )


@pytest.mark.skipif(not ON_THIS_MACHINE, reason="MNIST is not on this machine")
def test_the_places_of_one_writers_eights_are_what_the_chapter_says():
    found = datasets.mnist(10_000)
    text = "\n".join(cell["source"] for cell in cells(CHAPTER, "markdown"))
    listed = re.search(r"<summary>The places of one hand</summary>([\d, ]+): all odd", text).group(1)
    places = [int(place) for place in listed.split(",")]
    assert places == sorted(places) and len(places) == 11 and places[0] == 537 and places[-1] == 661
    assert all(place % 2 and found.labels[9_000 + place] == 8 for place in places)
    # Each of them is more similar to another of this hand than to any of the 900 eights of the training part.
    rows = found.images.reshape(len(found.images), 784).astype(float)
    hand, others = rows[[9_000 + place for place in places]], rows[:9_000][found.labels[:9_000] == 8]
    within = ((hand[:, None] - hand) ** 2).sum(axis=2)
    np.fill_diagonal(within, np.inf)
    nearer = within.min(axis=1) < ((hand[:, None] - others) ** 2).sum(axis=2).min(axis=1)
    assert nearer.sum() >= 8


@pytest.mark.skipif(not ON_THIS_MACHINE, reason="MNIST is not on this machine")
def test_the_stored_outputs_say_what_the_text_says():
    printed = {
        cell["id"]: "".join("".join(output.get("text", "")) for output in cell["outputs"])
        for cell in cells(CHAPTER, "code")
    }
    at_the_end = float(re.search(r"at the end ([\d.]+) % right", printed["results"]).group(1))
    even, odd = (float(share) for share in re.findall(r"([\d.]+)%", printed["crowds"])[:2])
    by_position, at_random = (float(share) for share in re.findall(r"([\d.]+)% right", printed["splits"]))
    differences = re.findall(r"\+([\d.]+)%, paired width ([\d.]+)%", printed["splits"])
    more, paired = (float(number) for number in differences[1])
    in_order, shuffled = (float(share) for share in re.findall(r"spread ([\d.]+)%", printed["people"]))
    validation, test, average = (float(share) for share in re.findall(r"([\d.]+)%", printed["chosen"]))
    text = "\n".join(cell["source"] for cell in cells(CHAPTER, "markdown"))
    assert at_the_end >= 95
    assert 100 - even > 2 * (100 - odd)  # "more than twice as many mistakes"
    assert abs(at_random - by_position - more) < 0.02 and f"At random, {more:.1f} points more" in text
    assert 3.5 < more / paired < 4  # "almost four widths"
    formula = 100 * (by_position / 100 * (1 - by_position / 100) / 100) ** 0.5
    assert f"= {formula:.1f} %" in text and abs(shuffled - formula) < 0.2
    assert 1.4 < in_order / formula < 1.6  # "spread half as much again", so 0.9 in place of 0.6
    assert f"claims {validation - test:.1f} points too much" in text and abs(test - average) < 0.3
    assert "1e-05: True" in printed["package"]
