"""Chapter 15 on the stand-in for MNIST, and its program without a notebook: what it prints and saves."""

import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from notebook_files import ROOT

from course import datasets, digits, mnist

ON_THIS_MACHINE = any(path.exists() for path in digits.places())
pytest.importorskip("safetensors", reason="weights are saved with safetensors")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The output of the program, and the file it saved."""
    if not ON_THIS_MACHINE:
        pytest.skip("MNIST is not on this machine")
    path = tmp_path_factory.mktemp("mnist") / "weights.safetensors"
    command = [sys.executable, "-m", "course.mnist", "--epochs", "5", "--save", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True), path


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


def test_the_stand_in_is_trained_on_too(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(datasets, "mnist", lambda n: digits.stand_in(n))
    mnist.main(["--epochs", "2", "--save", str(tmp_path / "weights.safetensors")])
    printed = capsys.readouterr().out
    assert "scikit-learn's digits" in printed and "1617 images for training, 180 for validation" in printed
    assert float(printed.splitlines()[-1].split()[2]) > 85.0


def test_a_loss_that_explodes_is_named(tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(datasets, "mnist", lambda n: digits.stand_in(n))
    with pytest.raises(FloatingPointError, match="try a smaller --lr"), np.errstate(all="ignore"):
        mnist.main(["--epochs", "2", "--lr", "1e30", "--save", str(tmp_path / "weights.safetensors")])
    assert not (tmp_path / "weights.safetensors").exists()


def test_the_chapter_runs_on_the_stand_in():
    pytest.importorskip("sklearn")
    path = ROOT / "notebooks" / "15_mnist.ipynb"
    notebook = nbformat.read(path, as_version=4)
    places = [i for i, cell in enumerate(notebook.cells) if cell.metadata.get("course", {}).get("role") == "bootstrap"]
    nowhere = "from course import digits as source\nsource.places, source.MIRRORS = lambda: [], ()"
    notebook.cells.insert(places[0] + 1, nbformat.v4.new_code_cell(nowhere))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "Instead: scikit-learn's digits" in printed and "training (1617, 784)" in printed
