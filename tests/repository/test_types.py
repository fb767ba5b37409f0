"""A type checker reads the package, ordinary programs that use it, and what Tensor is declared to have."""

import importlib.util
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
MODELS = [
    "tests/tensor/models/cnn.py",
    "tests/tensor/models/gpt.py",
    "tests/tensor/models/mlp.py",
]

# Programs are checked with the settings of the package, so that it is checked once and mypy's cache has it afterwards.
# A model file may leave out types, as such files do.
UNTYPED = '# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"\n'
PROGRAM = """
import autograd.tensor as torch
from autograd.tensor import nn

x = torch.tensor([[1.0, 2.0]], requires_grad=True)
layer = nn.Linear(2, 3)
reveal_type(x * x)
reveal_type(2 - x)
reveal_type(x.sum(1))
reveal_type(x.relu_())
reveal_type(layer(x))
reveal_type(torch.softmax(x, 1))
reveal_type(torch.exp(x).T @ x)
reveal_type(x.shape)
reveal_type(x.item())
reveal_type(x == x)
x.no_such_method()
torch.exp("text")
torch.no_such_function(x)
"""


def mypy(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.replace("\\", "/")


def test_the_package_passes_the_strict_checker():
    assert mypy() == ""


def with_our_engine(path):
    """Return a model file with its import of PyTorch replaced by ours."""
    text = (ROOT / path).read_text(encoding="utf-8")
    for theirs, mine in (
        ("import torch\n", "import autograd.tensor as torch\n"),
        ("import torch.nn as nn\n", "from autograd.tensor import nn\n"),
        ("import torch.nn.functional as F\n", "from autograd.tensor.nn import functional as F\n"),
        ("from torch", "from autograd.tensor"),
    ):
        text = text.replace(theirs, mine)
    assert "autograd.tensor" in text
    assert not re.search(r"^(import|from) torch", text, re.MULTILINE)
    return text


def test_model_files_pass_the_checker(tmp_path):
    for path in MODELS:
        (tmp_path / pathlib.Path(path).name).write_text(UNTYPED + with_our_engine(path), encoding="utf-8")
    assert mypy(str(tmp_path)) == ""


def test_a_model_file_that_uses_the_package_wrongly_is_found(tmp_path):
    text = with_our_engine(MODELS[0]).replace("nn.Linear(", "nn.Linear('in', ", 1)
    (tmp_path / "cnn.py").write_text(UNTYPED + text, encoding="utf-8")
    assert re.search(r'Argument 1 to "Linear" has incompatible type "str"', mypy(str(tmp_path)))


def test_a_program_gets_the_types_it_should(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    found = mypy(str(file))
    revealed = re.findall(r'Revealed type is "(.*)"', found)
    tensor = "autograd.tensor.core.tensor.Tensor"
    assert revealed == [*[tensor] * 4, "Any", *[tensor] * 2, "tuple[int, ...]", "Any", tensor], found
    errors = re.findall(r"error: (.*?)  \[", found)
    assert errors[0] == '"Tensor" has no attribute "no_such_method"'
    assert 'Argument 1 to "exp" has incompatible type "str"' in errors[1]
    assert errors[2] == 'Module has no attribute "no_such_function"'
    assert len(errors) == 3, found


def test_the_declarations_of_tensor_are_current():
    spec = importlib.util.spec_from_file_location("stub", ROOT / "scripts/stub.py")
    stub = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stub)
    assert stub.PATH.read_text(encoding="utf-8") == stub.text(), "run python scripts/stub.py"
