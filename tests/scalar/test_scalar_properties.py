"""Random expression graphs: every gradient against finite differences, and against PyTorch where it is installed."""

import math
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notebook_files import WEEKLY

from autograd.gradcheck import central_difference
from autograd.scalar import Value, grad

try:
    import torch
except ImportError:  # the checks against finite differences need nothing
    torch = None

EXAMPLES = 800 if WEEKLY else 200  # the same ones each time, of about a hundred nodes
# Seeds, not trees of choices: a graph of 200 nodes would be some 600 choices for hypothesis to shrink.
GRAPHS = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 200))
SETTINGS = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def steps(seed: int, size: int) -> tuple[list[float], list[tuple[Any, ...]]]:
    """Return the leaves and the operations of a random graph; each operation names the nodes it takes by number.

    Results stay of moderate size: what grows is squashed again. Inputs of max and relu are kept away from ties and
    kinks by `beside_kinks`, where slopes from both sides differ and finite differences mean nothing.
    """
    rng = random.Random(seed)
    leaves = [rng.uniform(-2, 2) for _ in range(rng.randint(1, 6))]
    program = []
    for position in range(len(leaves), len(leaves) + size):
        # mostly late nodes, so that graphs are deep; sometimes any, so that nodes are shared
        pick = [rng.randrange(position) if rng.random() < 0.4 else max(0, position - rng.randint(1, 3)) for _ in "1234"]
        program.append((rng.choice(OPERATIONS), pick, rng.choice([-3, -0.5, 0.25, 2, 3.0])))
    return leaves, program


OPERATIONS = [
    *("+", "-", "*", "/", "square", "power", "number", "neg", "abs", "exp", "log", "sqrt", "sin", "cos", "tanh"),
    *("sigmoid", "softplus", "relu", "leaky_relu", "max", "min", "sum", "dot"),
]


def run(leaves: list[Any], program: list[tuple[Any, ...]], functions: Any) -> list[Any]:
    """Return all nodes of the graph, the last of which is the sum of the latest.

    `functions` holds the operations that Values and tensors write differently.
    """
    nodes = list(leaves)
    for op, pick, number in program:
        a, b, c, d = (nodes[i] for i in pick)
        if op == "+":
            node = a + b
        elif op == "-":
            node = a - b
        elif op == "*":
            node = functions.tanh(a) * b
        elif op == "/":
            node = a / (1 + b * b)
        elif op == "square":
            node = functions.sin(a) ** 2
        elif op == "power":
            node = functions.sigmoid(a) ** functions.tanh(b)
        elif op == "number":
            node = (number - a) * number / (2 + functions.cos(b)) + 2 ** functions.tanh(a)
        elif op == "neg":
            node = -a
        elif op == "abs":
            node = abs(a)
        elif op == "exp":
            node = functions.exp(functions.sin(a))
        elif op == "log":
            node = functions.log(1 + a * a)
        elif op == "sqrt":
            node = functions.sqrt(1 + abs(a))
        elif op in ("max", "min"):
            node = getattr(functions, op)(a, b)
        elif op == "sum":
            node = functions.sum([a, b, a, c])
        elif op == "dot":
            node = functions.dot([a, b], [functions.tanh(c), functions.tanh(d)])
        else:
            node = getattr(functions, op)(a)
        nodes.append(functions.tanh(node) if abs(float(node_data(node))) > 50 else node)
    nodes.append(functions.sum(nodes[-8:]))
    return nodes


def node_data(node: Any) -> float:
    return node.data if isinstance(node, Value) else node.item() if hasattr(node, "item") else node


class OnValues:
    exp, log, sqrt, sin, cos, tanh = Value.exp, Value.log, Value.sqrt, Value.sin, Value.cos, Value.tanh
    sigmoid, softplus, relu, leaky_relu = Value.sigmoid, Value.softplus, Value.relu, Value.leaky_relu
    max, min, sum, dot = Value.max, Value.min, Value.sum, Value.dot


def beside_kinks(nodes: list[Any], program: list[tuple[Any, ...]]) -> bool:
    data = [node.data for node in nodes]
    for op, (a, b, _, _), _ in program:
        if op in ("abs", "sqrt", "relu", "leaky_relu") and abs(data[a]) < 1e-4:
            return False
        if op in ("max", "min") and a != b and abs(data[a] - data[b]) < 1e-4:
            return False
    return all(abs(abs(x) - 50) > 1e-3 for x in data)  # where `run` begins to squash


def test_gradients_agree_with_finite_differences():
    checked = 0

    @settings(SETTINGS, max_examples=EXAMPLES)
    @given(GRAPHS)
    def check(graph):
        nonlocal checked
        leaves, program = steps(*graph)
        values = [Value(x) for x in leaves]
        nodes = run(values, program, OnValues)
        nodes[-1].backward()
        slopes = [value.grad for value in values]
        assert [s.data for s in grad(nodes[-1], values)] == pytest.approx(slopes, rel=1e-9, abs=1e-9)
        if not beside_kinks(nodes, program) or max(map(abs, slopes)) > 1e3:
            return  # a slope so steep bends too much within the step of a finite difference
        for i, slope in enumerate(slopes):

            def along(x, i=i):
                return run([*map(Value, leaves[:i]), Value(x), *map(Value, leaves[i + 1 :])], program, OnValues)[
                    -1
                ].data

            # Two steps: where they disagree, the function bends too much to be judged this way.
            coarse, fine = (central_difference(along, leaves[i], step) for step in (1e-5, 5e-6))
            if abs(coarse - fine) < 1e-6 * max(1, abs(fine)):
                checked += 1
                assert slope == pytest.approx(fine, rel=1e-4, abs=1e-5)

    check()
    assert checked > 2 * EXAMPLES


@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
def test_gradients_agree_with_pytorch():
    class OnTensors:
        exp, log, sqrt, sin, cos, tanh = torch.exp, torch.log, torch.sqrt, torch.sin, torch.cos, torch.tanh
        sigmoid, relu, leaky_relu = torch.sigmoid, torch.relu, torch.nn.functional.leaky_relu
        max, min, sum = torch.maximum, torch.minimum, staticmethod(lambda xs: sum(xs))

        @staticmethod
        def softplus(x):
            return torch.nn.functional.softplus(x, threshold=100)

        @staticmethod
        def dot(xs, ys):
            return torch.dot(torch.stack(xs), torch.stack(ys))

    nonzero = 0

    @settings(SETTINGS, max_examples=EXAMPLES)
    @given(GRAPHS)
    def check(graph):
        nonlocal nonzero
        leaves, program = steps(*graph)
        values = [Value(x) for x in leaves]
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in leaves]
        y, u = run(values, program, OnValues)[-1], run(tensors, program, OnTensors)[-1]
        assert y.data == pytest.approx(u.item(), rel=1e-9, abs=1e-9)
        y.backward()
        u.backward()
        expected = [0.0 if t.grad is None else t.grad.item() for t in tensors]
        assert [value.grad for value in values] == pytest.approx(expected, rel=1e-7, abs=1e-7 * max(map(abs, expected)))
        nonzero += sum(map(bool, expected))

    check()
    assert nonzero > 2 * EXAMPLES


@settings(SETTINGS, max_examples=EXAMPLES // 4)
@given(GRAPHS)
def test_second_derivatives_are_symmetric(graph):
    leaves, program = steps(graph[0], 1 + graph[1] // 10)
    values = [Value(x) for x in leaves]
    y = run(values, program, OnValues)[-1]
    first = grad(y, values, create_graph=True)
    for i in range(len(values)):
        for j in range(i):
            one, other = grad(first[i], values[j]).data, grad(first[j], values[i]).data
            assert math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-7)
