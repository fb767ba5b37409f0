"""The core of the tensor engine is enough: with five entries of a table it trains a network. Start reading here."""

import inspect
import pathlib
import subprocess
import sys

import pytest

from autograd.tensor.core import backward

ROOT = pathlib.Path(__file__).parents[2]
ENGINE = ROOT / "autograd" / "tensor"

# A package in the place of autograd.tensor from which nothing but the core, and graph.py, can be imported.
CORE_ALONE = """
import importlib.abc, sys, types

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.startswith("autograd.") and name != "autograd.graph" and not name.startswith("autograd.tensor.core"):
            raise ImportError(f"the core alone has no {name}")

package = types.ModuleType("autograd.tensor")
package.__path__ = [sys.argv[1]]
sys.modules["autograd.tensor"] = package
sys.meta_path.insert(0, Refuse())
"""

FIVE_ENTRIES = """
import numpy as np

from autograd.tensor.core.backward import gradients_at
from autograd.tensor.core.forms import elementwise, primitive
from autograd.tensor.core.tensor import Tensor

# An entry: a function of NumPy, and for each input the rule of its gradient. Its parameters say what the rule reads:
# g is the gradient of the result, y the result, another name an input, and like_x only the shape and type of x.
subtract = elementwise(np.subtract, a=lambda g: g, b=lambda g: -g)
multiply = elementwise(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a)
tanh = elementwise(np.tanh, x=lambda g, y: g * (1 - y * y))
matmul = primitive(np.matmul, a=lambda g, b: g @ b.T, b=lambda g, a: a.T @ g)
mean = primitive(np.mean, x=lambda g, like_x: np.broadcast_to(g / like_x.size, like_x.shape))
"""

TRAINING = """
rng = np.random.default_rng(0)
inputs = Tensor(np.c_[[[0, 0], [0, 1], [1, 0], [1, 1]], np.ones(4)])  # the last column stands for a bias
targets = Tensor([[-1], [1], [1], [-1]])  # exclusive or: no single layer can tell these apart
hidden = Tensor(rng.standard_normal((3, 8)), requires_grad=True)
output = Tensor(rng.standard_normal((8, 1)), requires_grad=True)

for step in range(300):
    error = tanh(tanh(inputs @ hidden) @ output) - targets
    loss = mean(error * error)
    loss.backward()
    for weights in (hidden, output):
        weights.data = weights.data - 0.5 * weights.grad
        weights.grad = None
    if step == 0:
        print(loss.item())
print(loss.item())
"""

SECOND_DERIVATIVE = """
x = Tensor([0.5], dtype=np.float64, requires_grad=True)
y = tanh(x)
(slope,) = gradients_at([x], {y.node: (Tensor([1.0], dtype=np.float64), False)}, None, True)
(bend,) = gradients_at([x], {slope.node: (np.ones(1), False)}, None, False)
y = np.tanh(0.5)
print(slope.item() - (1 - y * y), bend.item() + 2 * y * (1 - y * y))
"""


def run(program):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(ENGINE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_core_and_five_entries_train_a_network():
    done = run(CORE_ALONE + FIVE_ENTRIES + TRAINING)
    assert not done.stderr
    first, last = map(float, done.stdout.split())
    assert first > 0.5
    assert last < 0.01


def test_the_core_and_five_entries_have_second_derivatives():
    done = run(CORE_ALONE + FIVE_ENTRIES + SECOND_DERIVATIVE)
    assert not done.stderr
    assert max(map(abs, map(float, done.stdout.split()))) < 1e-15


@pytest.mark.parametrize("layer", ["api.methods", "table.elementwise", "nn"])
def test_there_the_other_layers_cannot_be_imported(layer):
    done = run(f"{CORE_ALONE}\nimport autograd.tensor.{layer}")
    assert f"the core alone has no autograd.tensor.{layer.partition('.')[0]}" in done.stderr


def lines(folder):
    return {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (ENGINE / folder).glob("*.py")}


def test_the_core_can_be_read_in_an_hour():
    core, table = lines("core"), lines("table")
    assert max(core.values()) <= 250
    assert sum(core.values()) <= 1000
    assert sum(core.values()) + sum(table.values()) <= 2400, "to have room, shorten what is there"


def test_the_backward_pass_can_be_read_at_once():
    assert len(inspect.getsource(backward.visit).splitlines()) <= 30
