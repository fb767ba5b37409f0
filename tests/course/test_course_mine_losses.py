"""The engine of arrays as chapter 12 builds it: softmax and cross-entropy against finite differences."""

import itertools
import math

import numpy as np
import pytest

from course import mine

LABELS = np.array([2, 0, 2, 1, 1])
FUNCTIONS = {
    "softmax along the rows": lambda engine, x: engine.softmax(x, axis=1),
    "softmax along the columns": lambda engine, x: engine.softmax(x, axis=0),
    "the logarithm of softmax": lambda engine, x: engine.log_softmax(x),
    "cross-entropy": lambda engine, x: engine.cross_entropy(x, LABELS),
    "softmax twice": lambda engine, x: engine.cross_entropy(engine.softmax(x), LABELS),
}


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_is_what_nudges_measure(name, size):
    engine, f, h = mine.chapter(12), FUNCTIONS[name], 1e-5
    array = size * np.random.default_rng(0).normal(size=(5, 3))
    weights = np.random.default_rng(1).normal(size=f(engine, engine.Tensor(array)).shape)
    x = engine.Tensor(array, requires_grad=True)
    (f(engine, x) * weights).sum().backward()
    nudged = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        nudge = np.zeros_like(array)
        nudge[place] = h
        up, down = (f(engine, engine.Tensor(array + step)).data for step in (nudge, -nudge))
        nudged[place] = ((up - down) * weights).sum() / (2 * h)
    assert x.grad == pytest.approx(nudged, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("classes", "floor"), [(2, 0.313), (3, 0.551), (4, 0.744), (10, 1.461), (27, 2.358)])
def test_cross_entropy_of_shares_stays_above_its_floor(classes, floor):
    engine, rng = mine.chapter(12), np.random.default_rng(0)
    perfect = engine.cross_entropy(engine.Tensor(np.eye(classes)[:1]), [0]).item()
    assert perfect == pytest.approx(math.log(1 + (classes - 1) / math.e)) == pytest.approx(floor, abs=5e-4)
    for size, label in itertools.product((0.1, 1, 10, 1000), range(classes)):
        shares = engine.softmax(engine.Tensor(size * rng.normal(size=(1, classes))))
        assert engine.cross_entropy(shares, [label]).item() >= perfect - 1e-12


def test_an_impossible_class_has_the_share_0_and_no_gradient():
    engine = mine.chapter(12)
    scores = engine.Tensor([[-math.inf, 0.0, 0.0], [1.0, -math.inf, 1.0]], requires_grad=True)
    assert engine.softmax(scores).data == pytest.approx(np.array([[0, 0.5, 0.5], [0.5, 0, 0.5]]), abs=1e-15)
    engine.cross_entropy(scores, [1, 2]).backward()
    assert scores.grad == pytest.approx(np.array([[0, -0.25, 0.25], [0.25, 0, -0.25]]))
    assert engine.log_sum_exp(np.full((2, 3), -math.inf), 1).tolist() == [[-math.inf], [-math.inf]]


def test_float32_stays_float32_with_scores_that_overflow():
    engine = mine.chapter(12)
    scores = engine.Tensor(np.array([[10_000, -10_000], [0, 1000]], np.float32), requires_grad=True)
    loss = engine.cross_entropy(scores, [1, 1])
    loss.backward()
    assert loss.data.dtype == scores.grad.dtype == np.float32
    assert loss.item() == 10_000
    assert scores.grad.tolist() == [[0.5, -0.5], [0, 0]]


def test_large_numbers_of_float32_lose_no_digits():
    engine = mine.chapter(12)
    masked = engine.Tensor(np.full((1, 4), -1e9, np.float32))
    assert engine.softmax(masked).data.tolist() == [[0.25, 0.25, 0.25, 0.25]]
    loss = engine.cross_entropy(engine.Tensor(np.array([[10_000, 9_999]], np.float32)), [0])
    assert loss.item() == pytest.approx(math.log(1 + 1 / math.e), rel=1e-6)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 3], "labels are 0 to 2"),
        ([-1, 0], "labels are 0 to 2"),
        ([0], "one class number a row"),
        ([0.0, 1.0], "float64"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, said):
    engine = mine.chapter(12)
    with pytest.raises(ValueError, match=said):
        engine.cross_entropy(engine.Tensor(np.zeros((2, 3))), labels)
