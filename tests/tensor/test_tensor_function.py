"""Operations of one's own: inputs that `forward` changes, gradients that are not there."""

import gc
import weakref

import pytest

import autograd.tensor as ours

try:
    import torch
except ImportError:
    torch = None

ENGINES = [
    ours,
    pytest.param(torch, marks=pytest.mark.skipif(torch is None, reason="PyTorch is not installed")),
]


def squared_in_place(t):
    class Square(t.autograd.Function):
        """x ← x², and a second result, x + 1."""

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x.clone())
            x.mul_(x)
            ctx.mark_dirty(x)
            return x, x + 1

        @staticmethod
        def backward(ctx, g, h):
            return (g + h) * 2 * ctx.saved_tensors[0]

    return Square.apply


def exponential_in_place(t):
    class Exp(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.exp_()
            ctx.mark_dirty(x)
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    return Exp.apply


@pytest.mark.parametrize("t", ENGINES, ids=["ours", "PyTorch"])
def test_an_input_that_is_changed_is_the_result(t):
    x = t.tensor([2.0, 3.0], requires_grad=True)
    y = x * 1
    same, more = squared_in_place(t)(y)
    assert same is y and y.tolist() == [4, 9] and more.tolist() == [5, 10]
    (y.sum() + 3 * more.sum()).backward()
    assert x.grad.tolist() == [16, 24]


@pytest.mark.parametrize("t", ENGINES, ids=["ours", "PyTorch"])
def test_a_changed_input_that_is_saved(t):
    x = t.zeros(2, requires_grad=True)
    y = x * 1
    z = exponential_in_place(t)(y)
    (g,) = t.autograd.grad(z.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    assert g.tolist() == [1, 1] and h.tolist() == [1, 1]


@pytest.mark.parametrize("t", ENGINES, ids=["ours", "PyTorch"])
def test_a_view_that_is_changed_changes_what_it_is_a_view_of(t):
    x = t.zeros(2, requires_grad=True)
    y = x * 1
    exponential_in_place(t)(y[:1])
    assert y.tolist() == [1, 0]
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]


@pytest.mark.parametrize("t", ENGINES, ids=["ours", "PyTorch"])
def test_a_leaf_must_not_be_changed(t):
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        exponential_in_place(t)(t.zeros(2, requires_grad=True))


@pytest.mark.parametrize("t", ENGINES, ids=["ours", "PyTorch"])
def test_what_was_needed_before_the_change_is_missed(t):
    x = t.zeros(2, requires_grad=True)
    y = x * 1
    z = y * y
    exponential_in_place(t)(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


@pytest.mark.parametrize("t", ENGINES, ids=["ours", "PyTorch"])
@pytest.mark.parametrize("materialize", [True, False])
def test_gradients_that_are_not_there_are_zeros_or_none(t, materialize):
    seen = []

    class Two(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            seen.append(a if a is None else a.tolist())
            return b * 3

    x = t.ones(2, requires_grad=True)
    Two.apply(x)[1].sum().backward()
    assert seen == [[0, 0] if materialize else None] and x.grad.tolist() == [3, 3]


def test_a_changed_input_that_is_saved_makes_no_cycle():
    gc.disable()
    try:
        y = ours.zeros(2, requires_grad=True) * 1
        node = weakref.ref(exponential_in_place(ours)(y).node)
        del y
        assert node() is None
    finally:
        gc.enable()
