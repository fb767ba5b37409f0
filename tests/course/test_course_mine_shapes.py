"""The engine of arrays as chapter 11 builds it: products, reductions and shapes against finite differences."""

import numpy as np
import pytest

from course import mine
from course.mine.own import own_engine

FUNCTIONS = {
    "a product": lambda x: (x @ np.arange(15.0).reshape(3, 5)) ** 2,
    "a product with an array on the left, and copies": lambda x: (np.arange(60.0).reshape(3, 1, 5, 4) @ x) ** 2,
    "a product with itself, turned": lambda x: x @ x.transpose(0, 2, 1),
    "a sum": lambda x: x.sum(axis=1) ** 2,
    "a mean over two axes": lambda x: x.mean(axis=(0, -1), keepdims=True) ** 2,
    "a maximum": lambda x: x.max(axis=-1) ** 2,
    "another shape": lambda x: x.reshape(6, -1).max(axis=0) ** 2,
    "another order, with a negative axis": lambda x: x.transpose(-1, 0, 1) * np.arange(24.0).reshape(3, 2, 4),
    "reverse order": lambda x: x.T * np.arange(24.0).reshape(3, 4, 2),
    "places that repeat": lambda x: x[:, [0, 3, 0]] ** 3,
    "a mask": lambda x: x[x.data > 0] ** 3,
}


def measured(f, x, h=6e-6):
    slopes = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[place] = h
        slopes[place] = (f(x + nudge) - f(x - nudge)) / (2 * h)
    return slopes


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_is_what_nudges_measure(name):
    Tensor, f = mine.chapter(11).Tensor, FUNCTIONS[name]
    array = np.random.default_rng(0).normal(size=(2, 4, 3))
    weights = np.random.default_rng(1).normal(size=f(Tensor(array)).shape)
    x = Tensor(array, requires_grad=True)
    (f(x) * weights).sum().backward()
    nudged = measured(lambda numbers: (f(Tensor(numbers)) * weights).sum().item(), array)
    assert x.grad == pytest.approx(nudged, rel=1e-6, abs=1e-6)


def test_float32_stays_float32():
    x = mine.chapter(11).Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    (x.max(axis=1).mean() + (x @ x.T).sum() + x[[0, 0]].sum(axis=0).max()).backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [((3,), (3, 4), r"\(3,\) and \(3, 4\)"), ((2, 3), (3,), "needs two axes"), ((2, 3), (4, 3), "last length of")],
)
def test_a_product_that_does_not_fit_is_refused_with_both_shapes(a, b, said):
    with pytest.raises(ValueError, match=said):
        mine.chapter(11).Tensor(np.ones(a)) @ np.ones(b)


def test_chapter_10_has_neither_axes_nor_products():
    young, grown = own_engine(10), own_engine(11)
    with pytest.raises(TypeError):
        young.Tensor([[1.0, 2.0]]).sum(axis=0)
    assert not hasattr(young.Tensor, "__matmul__")
    assert not hasattr(young.Tensor, "__getitem__")
    assert set(grown.TABLE) - set(young.TABLE) == {"matmul", "max", "reshape", "transpose", "getitem"}
    assert young.Tensor([[1.0, 2.0]], requires_grad=True).sum().node.kept.keys() == {"like_x"}
