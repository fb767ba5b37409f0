"""What is written for micrograd runs here with another import, and gives the same numbers."""

import random

import pytest

from autograd.scalar import Value

micrograd = pytest.importorskip("micrograd.engine")


def program(kind, rng):
    """A few hundred random steps with micrograd's operations: + - * / ** neg relu, numbers on both sides."""
    leaves = [kind(rng.uniform(-2, 2)) for _ in range(5)]
    nodes = list(leaves)
    for _ in range(300):
        a, b = rng.choice(nodes), rng.choice(nodes[-6:])
        number = rng.uniform(-2, 2)
        step = rng.randrange(9)
        if step == 0:
            node = a + b
        elif step == 1:
            node = a - b
        elif step == 2:
            node = a * b
        elif step == 3:
            node = a / (b * b + 1)
        elif step == 4:
            node = -a.relu()
        elif step == 5:
            node = number * a + number
        elif step == 6:
            node = number - b
        elif step == 7:
            node = number / (1 + b**2)
        else:
            node = (a * a + 1) ** -0.5 + (a.relu() + 1) ** 3 * 0.01
        # keep numbers moderate with what both have
        nodes.append(node / (1 + node * node) if abs(node.data) > 20 else node)
    y = sum(nodes[-20:])
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("seed", range(50))
def test_random_programs_agree_with_micrograd(seed):
    value, gradients = program(Value, random.Random(seed))
    expected, expected_gradients = program(micrograd.Value, random.Random(seed))
    assert value == pytest.approx(expected, rel=1e-10)
    assert any(expected_gradients)
    assert gradients == pytest.approx(expected_gradients, rel=1e-8, abs=1e-8 * max(map(abs, expected_gradients)))
