"""Tests of my_autograd: gradients are compared with finite differences, steps with sums by hand, and a network learns.

Run it with pytest, or as a program: python test_my_autograd.py. It needs NumPy alone.
"""

import math
import os
import tempfile

import my_autograd as engine
import numpy as np

H = 1e-5
Tensor = engine.Tensor


def numbers(*shape, low=0.5, high=1.5, seed=0):
    return np.random.default_rng(seed).uniform(low, high, shape)


def require_gradients(f, *arrays):
    """Compare the gradients of f, weighted with random numbers, with differences along random directions."""
    rng = np.random.default_rng(len(arrays))
    inputs = [Tensor(x, True) for x in arrays]
    y = f(*inputs)
    weights = rng.normal(size=y.shape)
    (y * weights).sum().backward()
    for place, x in enumerate(arrays):
        grad = inputs[place].grad
        assert grad.shape == np.shape(x), f"input {place} of shape {np.shape(x)} has a gradient of shape {grad.shape}"
        for _ in range(3):
            d = rng.normal(size=np.shape(x))

            def at(h, place=place, x=x, d=d):
                moved = [Tensor(x + h * d) if i == place else Tensor(other) for i, other in enumerate(arrays)]
                return float((f(*moved).data * weights).sum())

            slope = (at(H) - at(-H)) / (2 * H)
            assert math.isclose((grad * d).sum(), slope, rel_tol=1e-6, abs_tol=1e-7), (place, (grad * d).sum(), slope)


def test_every_entry_that_takes_places_one_by_one():
    a, b = numbers(2, 3), numbers(2, 3, seed=1)
    require_gradients(lambda a, b: a + b, a, b)
    require_gradients(lambda a, b: a - b, a, b)
    require_gradients(lambda a, b: a * b, a, b)
    require_gradients(lambda a, b: a / b, a, b)
    require_gradients(lambda a: (2 + a) * (3 - a) / (1 / a) - 4 * a + a * 5 - 6 + (-a), a)
    require_gradients(lambda a: np.ones((2, 3)) * a - np.ones((2, 3)) / a, a)
    for name in ("exp", "log", "tanh", "relu"):
        require_gradients(lambda a, name=name: getattr(a, name)(), a)
        if name != "log":
            require_gradients(lambda a, name=name: getattr(a, name)(), -a)
    for exponent in (2, 3, -1, 0.5):
        require_gradients(lambda a, exponent=exponent: a**exponent, a)
    require_gradients(lambda a: a**0, a * 0)


def test_what_broadcasting_repeats_comes_back_as_a_sum():
    for one, other in (
        ((4, 3), (3,)),
        ((4, 3), (4, 1)),
        ((4, 1), (1, 3)),
        ((2, 1, 3), (4, 1)),
        ((2, 3), ()),
        ((1,), (5,)),
    ):
        a, b = numbers(*one), numbers(*other, seed=1)
        require_gradients(lambda a, b: a * b + a / b - b, a, b)
        require_gradients(lambda b, a: a * b + a / b - b, b, a)
    assert engine.unbroadcast(np.ones((2, 3, 4)), (3, 1)).tolist() == [[8.0], [8.0], [8.0]]


def test_products_of_matrices():
    for one, other in (
        ((2, 3), (3, 4)),
        ((5, 2, 3), (5, 3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((2, 1, 2, 3), (4, 3, 5)),
    ):
        require_gradients(lambda a, b: a @ b, numbers(*one), numbers(*other, seed=1))
    require_gradients(lambda a: (a @ numbers(3, 4)).sum() + numbers(5, 2) @ a @ np.ones((3, 4)), numbers(2, 3))


def test_reductions():
    x = numbers(2, 3, 4)
    for axis in (None, 0, -1, 1, (0, 2), (-1, 0)):
        for keepdims in (False, True):
            for name in ("sum", "mean", "max"):
                require_gradients(lambda x, name=name, a=axis, k=keepdims: getattr(x, name)(axis=a, keepdims=k), x)


def test_equal_maxima_share_their_gradient():
    x = Tensor([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]], True)
    x.max(axis=1).sum().backward()
    assert np.allclose(x.grad, [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]])
    x.grad = None
    x.max().backward()
    assert np.allclose(x.grad, [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]])


def test_shapes():
    x = numbers(2, 3, 4)
    require_gradients(lambda x: x.reshape(4, 6) * numbers(4, 6), x)
    require_gradients(lambda x: x.reshape(-1), x)
    for axes in ((), (1, 2, 0), (2, 0, 1), (0, 2, 1), (-1, 0, 1)):
        require_gradients(lambda x, axes=axes: x.transpose(*axes), x)
    require_gradients(lambda x: x.T, numbers(2, 3))


def test_places_that_are_read_twice_get_both_gradients():
    x = numbers(4, 3)
    mask = x > 1
    for index in (
        1,
        slice(1, 3),
        (slice(None), 0),
        (slice(None), None),
        mask,
        [3, 0],
        [2, 0, 2, 2],
        np.array([[0, 1], [1, 1]]),
    ):
        require_gradients(lambda x, index=index: x[index], x)
    require_gradients(lambda x: x[np.arange(4), np.array([0, 2, 2, 1])] * x[:, [1, 1]].sum(), x)
    x = Tensor(np.zeros(3), True)
    x[[0, 2, 0, 0]].sum().backward()
    assert x.grad.tolist() == [3.0, 0.0, 1.0]


def test_softmax_and_its_logarithm():
    x = numbers(4, 3, low=-2, high=2)
    for axis in (0, 1, -1):
        require_gradients(lambda x, axis=axis: engine.softmax(x, axis), x)
        require_gradients(lambda x, axis=axis: engine.log_softmax(x, axis), x)
        assert np.allclose(engine.softmax(Tensor(x * 1e4), axis).data.sum(axis=axis), 1)
    top = np.array([[1000.0, 1000.0], [-1000.0, -1000.0], [0.0, -np.inf]])
    expected = [[1000 + math.log(2)], [-1000 + math.log(2)], [0.0]]
    assert np.allclose(engine.log_sum_exp(top, 1), expected)


def test_cross_entropy_of_scores_of_any_size():
    scores, labels = numbers(4, 3, low=-2, high=2), np.array([2, 0, 1, 1])
    require_gradients(lambda x: engine.cross_entropy(x, labels), scores)
    require_gradients(lambda x: 3 * engine.cross_entropy(x, labels) * x.sum(), scores)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert math.isclose(engine.cross_entropy(Tensor(scores), labels).item(), -np.log(p[np.arange(4), labels]).mean())
    x = Tensor([[1e4, 0.0], [0.0, 1e4]], True)
    loss = engine.cross_entropy(x, [1, 1])
    loss.backward()
    assert loss.item() == 5000.0 and x.grad.tolist() == [[0.5, -0.5], [0.0, 0.0]]


def test_nodes_that_are_used_several_times():
    require_gradients(lambda x, y: (x * y + x) * (x * y) / (x * y + 7), numbers(2, 3), numbers(3, seed=1))
    x = last = Tensor(1.0, True)
    for _ in range(60):  # 60 nodes, 2**60 paths
        last = last + last
    last.backward()
    assert x.grad == 2.0**60


def test_a_long_chain():
    x = total = Tensor(1.0, True)
    for _ in range(3_000):
        total = total + x
    total.backward()
    assert x.grad == 3_001.0


def test_passes_add_up_and_start_at_one_number():
    x = Tensor([1.0, 2.0], True)
    y = (x * x).sum()
    for times in (1, 2, 3):
        y.backward()
        assert np.allclose(x.grad, times * np.array([2.0, 4.0]))
    for wrong in (x * 2, Tensor(1.0)):
        try:
            wrong.backward()
        except ValueError:
            continue
        raise AssertionError("backward starts at a tensor of one number that has a history, and at nothing else")


def test_nodes_are_made_only_where_a_gradient_is_asked_for():
    x, w = Tensor(numbers(3)), Tensor(numbers(3), True)
    assert (x * 2).node is None and (x * w).node is not None and (x * w).detach().node is None
    with engine.no_grad():
        assert (x * w).node is None
    assert (x * w).node is not None
    y = x + w
    assert not y.node.kept  # the rules of a sum read nothing


class Net(engine.Module):
    """Layers in lists, dicts and modules, one of them twice, and numbers that are not trained."""

    def __init__(self, rng):
        self.layers = [engine.Linear(2, 8, rng), engine.Linear(8, 8, rng)]
        self.more = {"last": (engine.Sequential(engine.Linear(8, 2, rng)),), "again": self.layers[1]}
        self.seen = Tensor(np.zeros(2))
        self.name, self.itself = "net", self

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).tanh()
        return self.more["last"][0](x)


def by_one_name(names):
    """The names in order; a layer that stands in two places may have either name."""
    return sorted(name.replace("more.again.", "layers.1.") for name in names)


def test_modules_are_found_wherever_they_stand():
    network = Net(np.random.default_rng(0))
    names = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    names += ["more.last.0.layers.0.weight", "more.last.0.layers.0.bias"]
    assert by_one_name(network.named_parameters()) == sorted(names)
    assert sum(p.data.size for p in network.parameters()) == 2 * 8 + 8 + 8 * 8 + 8 + 8 * 2 + 2
    assert by_one_name(network.state_dict()) == sorted([*names, "seen"])
    network.eval()
    assert not network.training and not network.layers[1].training and not network.more["last"][0].layers[0].training
    network.train()
    assert network.training and network.layers[0].training


def test_a_linear_layer():
    layer = engine.Linear(100, 3, np.random.default_rng(0))
    same = engine.Linear(100, 3, np.random.default_rng(0))
    assert layer.weight.shape == (3, 100) and layer.bias.shape == (3,)
    assert np.abs(layer.weight.data).max() <= 0.1 and np.array_equal(layer.weight.data, same.weight.data)
    x = numbers(2, 5, 100)
    assert np.allclose(layer(Tensor(x)).data, x @ layer.weight.data.T + layer.bias.data)
    require_gradients(layer, x)


def test_state_goes_to_disk_and_back():
    first, second = Net(np.random.default_rng(0)), Net(np.random.default_rng(1))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "state.npz")
        np.savez(path, **first.state_dict())
        with np.load(path) as file:
            state = dict(file)
    second.load_state_dict(state)
    x = Tensor(numbers(5, 2))
    assert np.array_equal(first(x).data, second(x).data)
    before = second(x).data
    for array in state.values():
        array += 1.0  # the module has copies
    assert np.array_equal(second(x).data, before)
    state["layers.0.bias"] = np.zeros(3)  # after names that fit: none of them may be taken
    for wrong in (state, {"unknown": np.zeros(1)} | first.state_dict(), {"seen": np.ones(2)}):
        try:
            second.load_state_dict(wrong)
        except ValueError:
            assert np.array_equal(second(x).data, before)
        else:
            raise AssertionError("a state that does not fit was loaded")


def test_batches():
    data = engine.Dataset(np.arange(10), np.arange(10) * 2)
    assert [len(batch) for batch, _ in engine.DataLoader(data, 4)] == [4, 4, 2] and len(engine.DataLoader(data, 4)) == 3
    loader = engine.DataLoader(data, 4, np.random.default_rng(0))
    rounds = [np.concatenate([a for a, b in loader if np.array_equal(b, 2 * a)]) for _ in range(2)]
    assert all(sorted(order) == list(range(10)) for order in rounds) and rounds[0].tolist() != rounds[1].tolist()


def steps(make, gradients, start=1.0):
    """Where a parameter is after each of some steps with these gradients."""
    x = Tensor([start], True)
    optimizer, places = make([x]), []
    for g in gradients:
        optimizer.zero_grad()
        assert x.grad is None
        (x * g).sum().backward()
        optimizer.step()
        places.append(float(x.data[0]))
    return places


def test_steps_of_descent_with_momentum():
    assert np.allclose(steps(lambda p: engine.SGD(p, lr=0.1), [1, 2, -1]), [0.9, 0.7, 0.8])
    # v = 1; 0.5 + 2 = 2.5; 1.25 - 1 = 0.25
    assert np.allclose(steps(lambda p: engine.SGD(p, lr=0.1, momentum=0.5), [1, 2, -1]), [0.9, 0.65, 0.625])


def test_steps_of_adam():
    # Corrected, the first step has the length lr, however large the gradient is.
    for g in (1e-3, 1.0, 1e3):
        assert np.allclose(steps(lambda p: engine.Adam(p, lr=0.1), [g]), [0.9], rtol=1e-5)
    m1, s1, m2, s2 = 0.1 * 2, 0.001 * 4, 0.9 * 0.2 + 0.1 * -1, 0.999 * 0.004 + 0.001 * 1
    first = 1 - 0.1 * (m1 / 0.1) / math.sqrt(s1 / 0.001)
    second = first - 0.1 * (m2 / (1 - 0.9**2)) / math.sqrt(s2 / (1 - 0.999**2))
    assert np.allclose(steps(lambda p: engine.Adam(p, lr=0.1), [2, -1]), [first, second], rtol=1e-7)
    # With gradients that are small beside eps: 0.1 * 1e-4 / (1e-4 + 1e-4)
    assert np.allclose(steps(lambda p: engine.Adam(p, lr=0.1, eps=1e-4), [1e-4]), [0.95])
    # Decay: the weight shrinks by lr * decay, and the gradient's step is the same.
    assert np.allclose(steps(lambda p: engine.AdamW(p, lr=0.1, weight_decay=0.2), [2.0]), [0.98 - 0.1])
    assert np.allclose(steps(lambda p: engine.AdamW(p, lr=0.1, weight_decay=0.2), [0.0], start=5.0), [5 * 0.98])


def test_each_parameter_has_a_state_of_its_own():
    for kind in (engine.SGD, engine.Adam, engine.AdamW):
        x, y, still = Tensor([1.0], True), Tensor([1.0], True), Tensor([1.0], True)
        optimizer = kind([x, still, y], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            (x * 2 - y * 2).sum().backward()
            optimizer.step()
        assert np.allclose(x.data - 1, 1 - y.data, atol=0.01) and x.data < 0.95 and still.data == 1


def test_the_schedule():
    found = [engine.warmup_cosine(step, 12, 4) for step in range(13)]
    assert np.allclose(found[:5], [0.25, 0.5, 0.75, 1, 1]) and np.allclose([found[8], found[12]], [0.5, 0])
    assert engine.warmup_cosine(0, 10) == 1 and all(a > b for a, b in zip(found[4:], found[5:], strict=False))


def test_float32_stays_float32():
    rng = np.random.default_rng(0)
    for kind in (engine.SGD, engine.Adam, engine.AdamW):
        network = Net(rng)
        for parameter in network.parameters():
            parameter.data = parameter.data.astype(np.float32)
        optimizer = kind(network.parameters(), lr=0.01)
        for _ in range(2):
            optimizer.zero_grad()
            scores = network(Tensor(numbers(4, 2).astype(np.float32))) * 2.0
            loss = engine.cross_entropy(scores, [0, 1, 1, 0]) + 0.1 * (scores**2).mean()
            loss.backward()
            optimizer.step()
        found = {loss.data.dtype} | {x.dtype for p in network.parameters() for x in (p.data, p.grad)}
        assert found == {np.dtype(np.float32)}


def test_two_rings_are_told_apart():
    rng = np.random.default_rng(0)
    angles, labels = rng.uniform(0, 2 * np.pi, 300), np.arange(300) % 2
    points = (1 + labels[:, None]) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    loader = engine.DataLoader(engine.Dataset(points[:200], labels[:200]), 20, rng)
    network = Net(rng)
    optimizer = engine.Adam(network.parameters(), lr=0.03)
    for _ in range(20):
        for batch, right in loader:
            optimizer.zero_grad()
            engine.cross_entropy(network(Tensor(batch)), right).backward()
            optimizer.step()
    with engine.no_grad():
        guesses = network(Tensor(points[200:])).data.argmax(axis=1)
    assert (guesses == labels[200:]).mean() >= 0.95


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("passed:", name.removeprefix("test_").replace("_", " "))
