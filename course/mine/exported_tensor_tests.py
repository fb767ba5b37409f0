"""Tests of my_autograd: its slopes are compared with finite differences, and a network learns.

Run it with pytest, or as a program: python test_my_autograd.py
"""

import math
import random

import my_autograd as engine

H = 1e-5


def slopes_by_nudging(f, numbers):
    """Return the slope of `f`, which takes Values, with respect to each of its inputs."""

    def at(position, x):
        return f(*[engine.Value(x if i == position else number) for i, number in enumerate(numbers)]).data

    return [(at(i, number + H) - at(i, number - H)) / (2 * H) for i, number in enumerate(numbers)]


def require_slopes(f, *numbers):
    leaves = [engine.Value(number) for number in numbers]
    f(*leaves).backward()
    for leaf, slope in zip(leaves, slopes_by_nudging(f, numbers), strict=True):
        assert math.isclose(leaf.grad, slope, rel_tol=1e-6, abs_tol=1e-8), (numbers, leaf.grad, slope)


def test_arithmetic():
    for a, b in ((0.7, -1.3), (-2.0, 0.25), (3.0, 4.0)):
        require_slopes(lambda a, b: a + b, a, b)
        require_slopes(lambda a, b: a - b, a, b)
        require_slopes(lambda a, b: a * b, a, b)
        require_slopes(lambda a, b: a / b, a, b)
        require_slopes(lambda a: -a, a)
        require_slopes(lambda a: (2 + a) * (3 - a) / (1 / a) - 4 * a + a * 5 - 6, a)


def test_functions():
    for x in (0.3, 1.0, 2.5):
        for name in engine.ENTRIES:
            require_slopes(lambda a, name=name: getattr(a, name)(), x)
            if name != "log":
                require_slopes(lambda a, name=name: getattr(a, name)(), -x)


def test_a_dot_product_is_one_node():
    require_slopes(lambda a, b, c: engine.dot([a, b, 3, a], [b, c, a, a]), 0.7, -1.3, 2.0)
    a, b = engine.Value(2.0), engine.Value(3.0)
    assert all(parent in (a, b) for parent in engine.dot([a, a], [b, a]).parents)


def test_a_number_that_is_used_several_times():
    require_slopes(lambda x: x * x, 3.0)
    require_slopes(lambda x, y: (x * y + x) * (x * y) / (x * y + 7), 0.5, -1.5)
    x = last = engine.Value(1.0)
    for _ in range(60):  # 61 nodes, 2**60 paths
        last = last + last
    last.backward()
    assert x.grad == 2.0**60


def test_a_long_chain():
    x = total = engine.Value(1.0)
    for _ in range(20_000):
        total = total + x
    total.backward()
    assert x.grad == 20_001.0


def test_a_second_pass_adds_to_the_leaves():
    x = engine.Value(3.0)
    y = x * x
    for times in (1, 2, 3):
        y.backward()
        assert x.grad == 6.0 * times


def test_orders_have_inputs_first():
    a, b = engine.Value(2.0), engine.Value(3.0)
    root = (a * b + a) * b
    for order in (engine.inputs_first(root), engine.topological_order(root)):
        assert len(order) == len(set(order)) == len(engine.nodes_of(root)) and order[-1] is root
        met = set()
        for node in order:
            assert all(parent in met for parent in node.parents)
            met.add(node)


def test_the_judges_find_a_wrong_slope():
    assert engine.agrees(12.0, lambda x: x**3, 2.0) and not engine.agrees(12.001, lambda x: x**3, 2.0)
    assert list(engine.gradcheck(lambda a, b: a * b.exp(), [0.5, 1.0])) == []
    assert list(engine.gradcheck(lambda a, b: a * b.data, [0.5, 1.0])) == [1]


def test_cross_entropy_for_scores_of_any_size():
    require_slopes(lambda a, b, c: engine.cross_entropy([a, b, c], 1), 0.5, -1.0, 2.0)
    scores = [engine.Value(1000.0), engine.Value(0.0)]
    loss = engine.cross_entropy(scores, 1)
    loss.backward()
    assert loss.data == 1000.0 and [score.grad for score in scores] == [1.0, -1.0]


def test_a_network_has_the_slopes_that_nudging_measures():
    network = engine.MLP(2, [3, 2], random.Random(1), "tanh")

    def loss_of():
        return engine.cross_entropy(network([0.5, -1.0]), 0)

    loss_of().backward()
    for parameter in network.parameters():
        number = parameter.data
        parameter.data = number + H
        above = loss_of().data
        parameter.data = number - H
        below = loss_of().data
        parameter.data = number
        assert math.isclose(parameter.grad, (above - below) / (2 * H), rel_tol=1e-6, abs_tol=1e-8)


def test_two_rings_are_told_apart():
    rng = random.Random(0)
    angles = [rng.uniform(0, 2 * math.pi) for _ in range(100)]
    points = [[(1 + i % 2) * math.cos(t), (1 + i % 2) * math.sin(t)] for i, t in enumerate(angles)]
    points, labels, others, hidden = engine.split(points, [i % 2 for i in range(100)], 0.7, rng)
    network = engine.MLP(2, [8, 2], rng, "tanh")
    optimizer = engine.SGD(network.parameters(), 1.0)
    for _ in range(40):
        for batch in engine.minibatches(len(points), 10, rng):

            def loss_of(batch=batch):
                return sum(engine.cross_entropy(network(points[i]), labels[i]) for i in batch) / len(batch)

            engine.fit(loss_of, optimizer, 1)
    answers = [[score.data for score in network(point)] for point in others]
    right = sum((scores[1] > scores[0]) == bool(label) for scores, label in zip(answers, hidden, strict=True))
    assert right >= 0.85 * len(hidden)


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("passed:", name.removeprefix("test_").replace("_", " "))
