"""The reader's engine: what it is without and with the reader's answers."""

import math
import random

import numpy as np
import pytest

from course import mine

CHAPTERS = range(1, 10)


@pytest.mark.parametrize("number", CHAPTERS)
def test_every_chapter_has_the_names_that_were_built_by_then(number):
    engine = mine.chapter(number)
    assert all(getattr(engine, name) is not None for name in dir(engine))
    assert ("Value" in dir(engine)) == (number >= 2)
    assert ("MLP" in dir(engine)) == (number >= 6)


def test_a_name_that_comes_later_says_when():
    with pytest.raises(AttributeError, match="the engine of chapter 03 has no Neuron yet: chapter 06 builds it"):
        mine.chapter(3).Neuron  # noqa: B018
    with pytest.raises(AttributeError, match=r"no Nueron; it has .*Value"):
        mine.chapter(8).Nueron  # noqa: B018


def test_from_chapter_10_on_the_engine_is_one_of_arrays():
    assert {"Tensor", "record", "backward", "topological_order", "broadcast_shape"} <= set(dir(mine.chapter(10)))
    with pytest.raises(AttributeError, match=r"has no Value: it computes with arrays. mine.chapter\(9\) has Value"):
        mine.chapter(10).Value  # noqa: B018
    with pytest.raises(AttributeError, match="the engine of chapter 03 has no Tensor yet: chapter 10 builds it"):
        mine.chapter(3).Tensor  # noqa: B018


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_of_arrays_agree_with_pytorchs(dtype):
    torch = pytest.importorskip("torch")
    Tensor, rng = mine.chapter(10).Tensor, np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 1.5, shape).astype(dtype) for shape in ((4, 3), (3,), (4, 1), (1, 3), ())]

    def loss_of(a, b, c, d, e):
        h = (a * b - c / d).tanh() + (2 - e) * (a + 1).log() - (-a * e).exp() / 3 + (b - c).relu() ** 3
        return (h * h - h.mean()).sum() + (a * h).mean()

    ours, theirs = (
        [Tensor(x, requires_grad=True) for x in arrays],
        [torch.tensor(x, requires_grad=True) for x in arrays],
    )
    for _ in range(2):
        loss_of(*ours).backward()
        loss_of(*theirs).backward()
    tolerance = 1e-12 if dtype == "float64" else 1e-4
    for mine_, right in zip(ours, theirs, strict=True):
        assert mine_.grad.dtype == dtype and mine_.grad.shape == tuple(right.shape)
        assert mine_.grad == pytest.approx(right.grad.numpy(), rel=tolerance, abs=tolerance)


def test_no_grad_ends_with_its_block_whatever_happens():
    engine = mine.chapter(10)
    w = engine.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ZeroDivisionError), engine.no_grad():
        assert (w * w).node is None
        with engine.no_grad():
            assert w.sum().node is None
        assert (w * w).node is None
        1 / 0  # noqa: B018
    assert (w * w).node is not None


def test_the_value_of_chapter_2_has_no_gradients_and_that_of_3_has():
    young, older = (mine.chapter(number).Value for number in (2, 3))
    assert set(vars(young(2.0, label="a") * 3)) == {"data", "parents", "op", "label"}
    product = older(2.0) * 3
    assert (product.local_gradients, product.grad) == ((3.0, 2.0), 0.0)
    assert hasattr(older, "tanh") and not hasattr(young, "tanh") and not hasattr(older, "backward")


def test_the_same_engine_is_returned_again():
    assert mine.chapter(5).Value is mine.chapter(5).Value
    assert mine.chapter(5).Value is not mine.chapter(4).Value


@pytest.mark.parametrize("number", [0, -1, 2.0, "03", None, True])
def test_a_chapter_that_is_no_number_of_one_is_an_error(number):
    with pytest.raises(ValueError, match=r"such as mine.chapter\(3\)"):
        mine.chapter(number)


@pytest.mark.parametrize("number", range(3, 10))
def test_slopes_agree_with_finite_differences_in_every_chapter(number):
    engine = mine.chapter(number)

    def f(a, b):
        return (a * b - b / a + 2 - 1 / b) * (3 * a - (-b)) + (a - 0.5 * b).tanh()

    a, b = engine.Value(0.7), engine.Value(-1.3)
    root = f(a, b)
    root.grad = 1.0
    order = engine.inputs_first(root)
    engine.sweep(order)
    assert len(order) == len(engine.nodes_of(root))
    value = engine.Value
    assert math.isclose(a.grad, engine.central_difference(lambda x: f(value(x), b).data, 0.7), rel_tol=1e-8)
    assert math.isclose(b.grad, engine.central_difference(lambda x: f(a, value(x)).data, -1.3), rel_tol=1e-8)


def test_plain_numbers_are_wrapped_and_anything_else_is_an_error():
    value = mine.chapter(2).Value
    assert repr(2 * value(2.0) - 1) == "Value(3.0)"
    with pytest.raises(TypeError, match="Values and plain numbers, not with 'two'"):
        value(2.0) * "two"


def test_the_moons_are_learnt_with_the_engine_of_chapter_8():
    from course.datasets import moons

    engine = mine.chapter(8)
    points, labels = moons(100, noise=0.12, seed=0)
    train_points, train_labels, other_points, other_labels = engine.split(points, labels, 0.6, random.Random(1))
    network = engine.MLP(2, [8, 2], random.Random(0), "tanh")
    optimizer, rng = engine.SGD(network.parameters(), lr=0.5), random.Random(0)
    for _ in range(20):
        for batch in engine.minibatches(len(train_points), 20, rng):
            losses = engine.fit(
                lambda batch=batch: (
                    sum(engine.cross_entropy(network(train_points[i]), train_labels[i]) for i in batch) / len(batch)
                ),
                optimizer,
                1,
            )
    right = [
        int(s1.data > s0.data) == label
        for (s0, s1), label in zip(map(network, other_points), other_labels, strict=True)
    ]
    assert losses[0] < 0.4
    assert sum(right) >= 0.8 * len(right)


def test_the_engine_of_chapter_9_computes_with_arrays_and_the_one_before_has_none():
    assert "one_hot" not in dir(mine.chapter(8)) and "dot" not in dir(mine.chapter(8))
    engine = mine.chapter(9)
    assert engine.broadcast_shape((4, 1), (0, 1, 3)) == (0, 4, 3)
    with pytest.raises(ValueError, match=r"shapes \(3,\) and \(2,\) do not fit together: 3 is not 2"):
        engine.broadcast_shape((3,), (2,))
    assert engine.one_hot([2, 0], 3).tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
