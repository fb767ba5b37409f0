"""Modules and networks: parameters, initial weights, one node for a neuron's product, and readable errors."""

import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.scalar import MLP, Layer, Module, Neuron, Value


def test_parameters_are_found_everywhere_in_order_and_once():
    class Tangle(Module):
        def __init__(self):
            self.first = Value(1.0)
            self.neuron = Neuron(2)
            self.parts = [(Value(2.0), [Value(3.0)]), {"key": Value(4.0)}]
            self.again = self.first
            self.equal = Value(1.0)  # the same number, another parameter
            self.me = self  # a cycle
            self.result = self.first * 2  # computed, so no parameter
            self.size, self.name = 3.0, "tangle"

    tangle = Tangle()
    assert [p.data for p in tangle.parameters()][:1] == [1.0]
    assert [p.data for p in tangle.parameters()][-4:] == [2.0, 3.0, 4.0, 1.0]
    assert [p.label for p in tangle.parameters()] == ["", "w0", "w1", "b", "", "", "", ""]
    assert repr(tangle) == "Tangle(8 parameters)"
    for parameter in tangle.parameters():
        parameter.grad = 1.0
    tangle.zero_grad()
    assert [p.grad for p in tangle.parameters()] == [0.0] * 8


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("linear", -0.5),
        ("relu", 0.0),
        ("tanh", math.tanh(-0.5)),
        ("sigmoid", 1 / (1 + math.exp(0.5))),
    ],
)
def test_a_neuron_is_an_activation_of_one_dot_product_and_a_bias(activation, expected):
    neuron = Neuron(2, activation)
    for parameter, number in zip(neuron.parameters(), [1.0, -2.0, 0.5], strict=True):
        parameter.data = number
    output = neuron([3.0, 2.0])
    assert output.data == pytest.approx(expected)
    before = output if activation == "linear" else output.parents[0]
    product, bias = before.parents
    assert (product.op, bias) == ("dot", neuron.bias)
    assert list(product.parents[:2]) == neuron.weights


def test_the_network_of_the_readme():
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 41
    assert repr(model) == "MLP(3 → 4 tanh → 4 tanh → 1 linear, 41 parameters)"
    assert repr(model.layers[0]) == "Layer(3 → 4 tanh)"
    assert repr(model.layers[0].neurons[0]) == "Neuron(3 → 1 tanh)"
    output = model([2.0, 3.0, -1.0])
    output.backward()
    assert type(output) is Value
    assert all(p.grad != 0 for p in model.layers[-1].parameters())


def test_one_output_is_a_value_and_more_are_a_list():
    assert type(Layer(2, 1)([1, 2])) is Value
    assert len(Layer(2, 3)([1, 2])) == 3
    assert len(MLP(2, [1, 3])([1, 2])) == 3
    assert repr(MLP(2, [1, 2], "relu", output_activation="sigmoid")) == "MLP(2 → 1 relu → 2 sigmoid, 7 parameters)"


def test_gradients_reach_inputs_that_are_values():
    model, x = MLP(2, [3, 1]), [Value(0.5), Value(-0.25)]
    model(x).backward()
    h = 1e-6
    numeric = (model([0.5 + h, -0.25]).data - model([0.5 - h, -0.25]).data) / (2 * h)
    assert x[0].grad == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize(
    ("activation", "init", "bound"),
    [
        ("tanh", None, math.sqrt(6 / 30)),
        ("relu", None, math.sqrt(6 / 20)),
        ("linear", "kaiming", math.sqrt(6 / 20)),
        ("relu", "xavier", math.sqrt(6 / 30)),
    ],
)
def test_initial_weights_fill_their_range_and_biases_are_zero(activation, init, bound):
    layer = Layer(20, 10, activation, init=init)
    weights = [w.data for neuron in layer.neurons for w in neuron.weights]
    assert 0.95 * bound < max(map(abs, weights)) <= bound
    assert sum(w * w for w in weights) / 200 == pytest.approx(bound**2 / 3, rel=0.2)
    assert [neuron.bias.data for neuron in layer.neurons] == [0.0] * 10


def test_weights_depend_on_the_seed_alone():
    before = random.getstate()
    first, other = MLP(2, [4, 1], seed=7), MLP(2, [4, 1], seed=8)
    assert random.getstate() == before
    random.seed(1)
    again = MLP(2, [4, 1], seed=7)
    assert [p.data for p in first.parameters()] == [p.data for p in again.parameters()]
    assert first([0, 1]).data != other([0, 1]).data
    assert len({w.data for neuron in again.layers[0].neurons for w in neuron.weights}) == 8


def test_import_needs_the_standard_library_only():
    program = (
        "import sys, autograd.scalar, autograd.optim\n"
        "names = {name.split('.')[0] for name in sys.modules}\n"
        "print(names - set(sys.stdlib_module_names) - {'__main__', 'autograd'})"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-S", "-c", program]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MLP(3, [4, 1])([1, 2]), ValueError, r"Layer\(3 → 4 tanh\) takes 3 inputs, got 2"),
        (lambda: Neuron(3)([1, 2]), ValueError, r"Neuron\(3 → 1 tanh\) takes 3 inputs, got 2"),
        (lambda: Layer(3, 2)(1.0), TypeError, r"Layer\(3 → 2 tanh\) takes a list of 3 inputs, got 1.0"),
        (lambda: MLP(3, 4), ValueError, "widths must be a list"),
        (lambda: MLP(3, []), ValueError, "widths must be a list"),
        (lambda: MLP(3, [0]), ValueError, "fan_out must be a whole number of at least 1, got 0"),
        (lambda: Neuron(2.5), ValueError, "fan_in must be a whole number of at least 1, got 2.5"),
        (
            lambda: MLP(3, [1, 1], "swish"),
            ValueError,
            "unknown activation 'swish'; known are linear, relu, leaky_relu, tanh, sigmoid",
        ),
        (lambda: Neuron(3, init="zeros"), ValueError, "unknown init 'zeros'; known are kaiming, xavier"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()
